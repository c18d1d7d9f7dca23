#include "ringlight.h"
