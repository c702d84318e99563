from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


def back() -> str:
    """All three as 0006 has them."""
    known = (SQL / "0006_gists.sql").read_text()
    around = known[known.index("CREATE FUNCTION find_around") : known.index("-- One page of what")]
    briefings = known[known.index("DROP FUNCTION find_briefings") : known.index("-- What the cards")]
    words = known[known.index("CREATE FUNCTION find_words") :].replace("CREATE", "CREATE OR REPLACE", 1)
    return f"DROP FUNCTION find_around(text, text[], text);{around}{briefings}{words}"


class Migration(migrations.Migration):
    dependencies = [("articles", "0009_a_sessions_reader")]

    operations = [migrations.RunSQL((SQL / "0010_snippets.sql").read_text(), back())]
