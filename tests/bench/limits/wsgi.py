import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.limits.settings"
# As many as the site has: one for each of a worker's four threads.
os.environ.setdefault("DATABASE_POOL_SIZE", "4")
application = get_wsgi_application()
