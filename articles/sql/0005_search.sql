-- One page of what a search finds, with its cards, and with the number of all in each row: articles/hits.py.
-- Loaded by migration 0005 and never edited after; a change is a new file and a new migration.
--
-- Of all that match, the newest (`at_most`) are put in order by how well they do. There is always a row; it has
-- nothing but the number where nothing is found on that page. Not found is what stands behind a restriction:
-- the briefings of `hidden`, and those filed beneath one of these paths of the tree.
--
-- A function and not a query, because its plan is then kept by the connection. And reading all texts looks cheap
-- to the planner, as they lie packed beside their rows: unpacking them is what takes long.

CREATE FUNCTION find_briefings(
    typed text, hidden integer[], hidden_beneath text[], at_most integer, a_page integer, skip integer
)
RETURNS TABLE (
    number bigint, pk integer, briefing_key uuid, title text, url_path text, standfirst text, date date,
    price smallint, minutes smallint, made jsonb, alt text, headline text
)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    asked CONSTANT tsquery := websearch_to_tsquery('english', typed);
    marks CONSTANT text := 'StartSel=' || chr(57344) || ', StopSel=' || chr(57345) || ', MaxWords=34, MinWords=18';
    -- To mark words takes far longer than to find them. So it is done in what stands around the first of them,
    -- in characters: so many before it, so many in all.
    before CONSTANT integer := 80;
    around CONSTANT integer := 400;
    first_of_them text;
BEGIN
    -- Words begin as their stems do, but for a last i that was a y.
    SELECT '\m(' || string_agg(regexp_replace(begun.letters, '(\W)', '\\\1', 'g'), '|') || ')' INTO first_of_them
    FROM unnest(to_tsvector('english', typed)) word
    CROSS JOIN LATERAL (SELECT regexp_replace(word.lexeme, '(?<=.)i$', '') AS letters) begun;
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT text.id, text.page_id, listed.date
        FROM articles_publictext text JOIN articles_listedbriefing listed ON listed.page_id = text.page_id
        WHERE text.document @@ asked AND NOT listed.is_alias AND listed.page_id <> ALL (hidden)
            AND NOT EXISTS (SELECT FROM unnest(hidden_beneath) path WHERE starts_with(listed.under, path))
    ), ranked AS MATERIALIZED (
        SELECT text.id, text.page_id, newest.date, ts_rank(text.document, asked) AS rank
        FROM (SELECT * FROM found ORDER BY found.date DESC, found.page_id DESC LIMIT at_most) newest
        JOIN articles_publictext text ON text.id = newest.id
        ORDER BY rank DESC, newest.date DESC, text.page_id DESC LIMIT a_page OFFSET skip
    )
    SELECT total.number, page.id, page.translation_key, page.title::text, page.url_path, own.standfirst::text,
        own.date, own.price, own.reading_minutes, picture.made,
        coalesce(nullif(own.hero_alt, ''), nullif(picture.description, ''), picture.title)::text,
        ts_headline('english', whole_words.around, asked, marks)
    FROM (SELECT count(*) AS number FROM found) total
    LEFT JOIN (
        ranked JOIN articles_publictext text ON text.id = ranked.id
        JOIN wagtailcore_page page ON page.id = ranked.page_id
        JOIN articles_briefingpage own ON own.page_ptr_id = ranked.page_id
        LEFT JOIN articles_picture picture ON picture.id = own.hero_id
        -- Unpacked once: each function would do it for itself.
        CROSS JOIN LATERAL (SELECT text.story || '' AS story OFFSET 0) whole
        CROSS JOIN LATERAL (
            SELECT greatest(1, regexp_instr(whole.story, first_of_them, 1, 1, 0, 'i') - before) AS at OFFSET 0
        ) begin
        CROSS JOIN LATERAL (SELECT substring(whole.story FROM begin.at FOR around) AS cut OFFSET 0) piece
        CROSS JOIN LATERAL (
            SELECT regexp_replace(
                CASE WHEN begin.at = 1 THEN piece.cut ELSE regexp_replace(piece.cut, '^\S*\s', '') END,
                CASE WHEN length(piece.cut) < around THEN '$' ELSE '\s\S*$' END, ''
            ) AS around
        ) whole_words
    ) ON true
    ORDER BY ranked.rank DESC, ranked.date DESC, ranked.page_id DESC;
END $$;
