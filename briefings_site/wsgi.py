import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "briefings_site.settings.production")
# One connection for each of a worker's four threads.
os.environ.setdefault("DATABASE_POOL_SIZE", "4")
application = get_wsgi_application()
