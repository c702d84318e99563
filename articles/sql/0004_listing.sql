-- What is listed follows what is published, whoever publishes: docs/decisions/0031.
-- Loaded by migration 0004 and never edited after; a change is a new file and a new migration.
--
-- A row stands for a briefing exactly as long as its page is live. Wagtail says so by no signal where many
-- rows are written at once (moving a section renames the paths of all below it; queryset.update), so the
-- tables themselves tell.

-- The page's columns are compared here and not named in its trigger: that would forbid Wagtail's migrations to
-- change their types.
CREATE FUNCTION articles_list_anew() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    briefing integer;
BEGIN
    IF TG_TABLE_NAME = 'articles_briefingpage' THEN
        briefing := CASE TG_OP WHEN 'DELETE' THEN OLD.page_ptr_id ELSE NEW.page_ptr_id END;
    ELSIF (NEW.live, NEW.path, NEW.first_published_at, NEW.alias_of_id)
        IS DISTINCT FROM (OLD.live, OLD.path, OLD.first_published_at, OLD.alias_of_id) THEN
        briefing := NEW.id;
    ELSE
        RETURN NULL;
    END IF;
    INSERT INTO articles_listedbriefing AS listed (page_id, under, date, first_published_at, is_alias)
    SELECT page.id, left(page.path, -4), own.date, page.first_published_at, page.alias_of_id IS NOT NULL
    FROM wagtailcore_page page JOIN articles_briefingpage own ON own.page_ptr_id = page.id
    WHERE page.id = briefing AND page.live
    ON CONFLICT (page_id) DO UPDATE
    SET under = excluded.under, date = excluded.date,
        first_published_at = excluded.first_published_at, is_alias = excluded.is_alias;
    IF NOT FOUND THEN
        DELETE FROM articles_listedbriefing WHERE page_id = briefing;
    END IF;
    RETURN NULL;
END $$;

-- A page is written before the briefing that it is a part of, and goes after it: it need tell of changes only.
CREATE TRIGGER listing_follows_the_page AFTER UPDATE ON wagtailcore_page
    FOR EACH ROW EXECUTE FUNCTION articles_list_anew();
CREATE TRIGGER listing_follows_the_briefing AFTER INSERT OR DELETE OR UPDATE OF date ON articles_briefingpage
    FOR EACH ROW EXECUTE FUNCTION articles_list_anew();

INSERT INTO articles_listedbriefing (page_id, under, date, first_published_at, is_alias)
SELECT page.id, left(page.path, -4), own.date, page.first_published_at, page.alias_of_id IS NOT NULL
FROM wagtailcore_page page JOIN articles_briefingpage own ON own.page_ptr_id = page.id
WHERE page.live;
