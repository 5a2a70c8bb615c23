// What crosses is plain and of this size on both sides; ue-plugin/bridge asserts the same.
#include "Bridge/tracking.h"

#include <cstddef>

static_assert(sizeof(cyclorama::Pose) == 72 && alignof(cyclorama::Pose) == 8);
static_assert(offsetof(cyclorama::Pose, x) == 8 && offsetof(cyclorama::Pose, flags) == 68);
static_assert(sizeof(cyclorama::Details) == 224 && alignof(cyclorama::Details) == 8);
static_assert(offsetof(cyclorama::Details, distortion) == 128 && offsetof(cyclorama::Details, drop_frame) == 220);
static_assert(sizeof(cyclorama::Tick) == 24 && sizeof(cyclorama::GenlockOptions) == 16 && sizeof(cyclorama::Label) == 24);
