import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "briefings_site.settings.production")
# One connection for each of a worker's four threads.
os.environ.setdefault("DATABASE_POOL_SIZE", "4")
django = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 (Django has to be set up first)

from articles.front import Front  # noqa: E402
from articles.reader_front import ReaderFront  # noqa: E402
from articles.search_front import SearchFront  # noqa: E402
from articles.unlock_front import UnlockFront  # noqa: E402
from articles.versions import told  # noqa: E402

# What is asked for most comes first: nobody waits for a look that concerns rarer things.
application = Front(ReaderFront(SearchFront(UnlockFront(django))))
# One that was killed between a change and telling of it left the others with what was before.
told()
# What has been loaded by now stays until the end. Looked through for garbage it would hold every request up
# for a tenth of a second now and then; so all addresses are loaded, and it is set aside.
list(get_resolver().url_patterns)
gc.collect()
gc.freeze()
