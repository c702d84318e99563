from .demo import *

SECRET_KEY = "test-only-key-that-production-settings-refuse"
