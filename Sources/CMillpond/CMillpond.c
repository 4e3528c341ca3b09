#include "CMillpond.h"
