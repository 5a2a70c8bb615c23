// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#pragma once
#include <cstdint>

namespace cyclorama {
/// The bridge these headers belong to; `abi_hash()` is that of the archive.
inline constexpr std::uint64_t ABI_HASH = 0xe86cb5bb2e27cbc9ULL;
}
