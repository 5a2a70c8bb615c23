// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#pragma once
#include <cstdint>

namespace cyclorama {
/// The bridge these headers belong to; `abi_hash()` is that of the archive.
inline constexpr std::uint64_t ABI_HASH = 0x8ee7e1eee917cbddULL;
}
