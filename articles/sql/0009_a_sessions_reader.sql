-- As in 0007, but that the session's row says whose it is, and nobody has to, and that full sections are not unpacked:
-- articles/unlock_front.py asks it.
-- Loaded by migration 0009 and never edited after; a change is a new file and a new migration.
--
-- A row says: this session lives, and is said to be an active reader's; and this briefing is one that everybody may
-- open, under one home and not an alias of another's. All else is looked at by insights/asked.py, and is no row
-- here. `levels` are those of the sections that hold anything, in their order and parted by commas; `url` is where
-- the briefing stands.
--
-- It runs with the rights of its caller, and `at` is the caller's clock, which wrote when a session ends.

DROP FUNCTION form_facts(text, integer, bigint, timestamptz);
CREATE FUNCTION form_facts(session text, page integer, at timestamptz)
RETURNS TABLE (
    session_data text, reader_id bigint, password text,
    key uuid, title text, price integer, levels text, url text
)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    -- Bytes, as it is stored. A section that weighs more than an empty one can holds something; to look into it is
    -- to unpack all of it, which took half of the time.
    a_block CONSTANT integer := 100;
BEGIN
    RETURN QUERY SELECT
        s.session_data, u.id, u.password::text,
        p.translation_key, p.title::text, b.price::integer,
        concat_ws(',',
            CASE WHEN pg_column_size(b.key_insights) > a_block OR (b.key_insights -> 0) IS NOT NULL
                THEN b.key_insights_access END,
            CASE WHEN pg_column_size(b.takeaways) > a_block OR (b.takeaways -> 0) IS NOT NULL
                THEN b.takeaways_access END,
            CASE WHEN pg_column_size(b.executive_actions) > a_block OR (b.executive_actions -> 0) IS NOT NULL
                THEN b.executive_actions_access END
        ),
        substr(p.url_path, length(home.url_path))
    FROM accounts_readersession s JOIN accounts_user u ON u.id = s.reader_id AND u.is_active
    CROSS JOIN wagtailcore_page p
    JOIN articles_briefingpage b ON b.page_ptr_id = p.id
    CROSS JOIN wagtailcore_site site
    JOIN wagtailcore_page home ON home.id = site.root_page_id
    WHERE s.session_key = session AND s.expire_date > at
        AND p.id = page AND p.live AND p.alias_of_id IS NULL
        AND starts_with(p.url_path, home.url_path)
        AND p.url_path ~ '^[A-Za-z0-9/_-]+$'
        AND (SELECT count(*) FROM wagtailcore_site) = 1
        AND NOT EXISTS (SELECT FROM wagtailcore_pageviewrestriction);
END $$;
