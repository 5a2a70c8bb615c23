// Stand-in; see Shim/RenderEditor.h.
#pragma once
#include "Shim/RenderEditor.h"
