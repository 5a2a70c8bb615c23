// What crosses is plain and of this size on both sides; ue-plugin/bridge asserts the same.
#include "Bridge/sync.h"
#include "Bridge/time.h"
#include "Bridge/tracking.h"
#include "Bridge/work.h"

#include <cstddef>

static_assert(sizeof(cyclorama::Pose) == 72 && alignof(cyclorama::Pose) == 8);
static_assert(offsetof(cyclorama::Pose, x) == 8 && offsetof(cyclorama::Pose, flags) == 68);
static_assert(sizeof(cyclorama::Details) == 232 && alignof(cyclorama::Details) == 8);
static_assert(offsetof(cyclorama::Details, distortion) == 136 && offsetof(cyclorama::Details, drop_frame) == 228);
static_assert(sizeof(cyclorama::Tick) == 24 && sizeof(cyclorama::GenlockOptions) == 16 && sizeof(cyclorama::Label) == 24);
static_assert(sizeof(cyclorama::SyncHeard) == 32 && offsetof(cyclorama::SyncHeard, old) == 24);
static_assert(sizeof(cyclorama::SyncBeat) == 16 && offsetof(cyclorama::SyncBeat, rate_numerator) == 8);
static_assert(sizeof(cyclorama::BeatPhase) == 32 && offsetof(cyclorama::BeatPhase, phase) == 8 && offsetof(cyclorama::BeatPhase, locked) == 24);
static_assert(sizeof(cyclorama::WorkSnapshot) == 56 && offsetof(cyclorama::WorkSnapshot, running) == 48);
