-- What ranks what a search finds, and what a misspelling is mended from, small enough to be read for hundreds of
-- briefings: docs/decisions/0037. Loaded by migration 0006 and never edited after; a change is a new file and a new
-- migration.
--
-- All words of a long story weigh 35 KB, and lie packed in pieces beside their row: to put two hundred in order
-- was to unpack megabytes. A gist has all words of title, standfirst and tags, and of the story those that it says
-- most often, each with its first places.

CREATE FUNCTION articles_gist_of(document tsvector, of_the_story integer, places integer) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    WITH word AS (
        SELECT lexeme, positions, weights, weights && ARRAY['A', 'B'] AS is_head FROM unnest(document)
    ), chosen AS (
        SELECT * FROM word WHERE is_head
        UNION ALL
        (SELECT * FROM word WHERE NOT is_head ORDER BY cardinality(positions) DESC, lexeme LIMIT of_the_story)
    )
    SELECT coalesce(string_agg(written.word, ' '), '')::tsvector FROM chosen CROSS JOIN LATERAL (
        SELECT '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''':' || string_agg(at || weight, ',') AS word
        FROM (SELECT * FROM unnest(positions, weights) AS place (at, weight) LIMIT places) first
    ) written
$$;

-- Of words as they are spelt: without those too small or too frequent to be searched for.
CREATE FUNCTION articles_spelt_of(words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT strip(articles_gist_of(ts_delete(words, coalesce(array_agg(lexeme), '{}')), 40, 1))
    FROM unnest(words) WHERE length(lexeme) < 3 OR ts_lexize('english_stem', lexeme) = '{}'
$$;

-- As its owner, because the application may call none of these functions by itself.
CREATE FUNCTION articles_gist_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM articles_gist WHERE text_id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO articles_gist AS known (text_id, gist, spelt)
    VALUES (NEW.id, articles_gist_of(NEW.document, 40, 6), articles_spelt_of(NEW.words))
    ON CONFLICT (text_id) DO UPDATE SET gist = excluded.gist, spelt = excluded.spelt;
    RETURN NULL;
END $$;

CREATE TRIGGER gist_follows_the_text AFTER INSERT OR DELETE OR UPDATE OF document, words ON articles_publictext
    FOR EACH ROW EXECUTE FUNCTION articles_gist_anew();

INSERT INTO articles_gist (text_id, gist, spelt)
SELECT id, articles_gist_of(document, 40, 6), articles_spelt_of(words) FROM articles_publictext;

-- Stories lie unpacked from now on: to look for a word in one was mostly to unpack it.
ALTER TABLE articles_publictext ALTER story SET STORAGE EXTERNAL;
UPDATE articles_publictext SET story = story || '';

-- As in 0005, but that gists say how well a briefing matches: how often and how near to each other the words stand
-- in what it is about; and what the gist has of them, should it not have all. Where it has none, the newest is first.
-- One plan for all, because to make it takes as long as the rest.
CREATE OR REPLACE FUNCTION find_briefings(
    typed text, hidden integer[], hidden_beneath text[], at_most integer, a_page integer, skip integer
)
RETURNS TABLE (
    number bigint, pk integer, briefing_key uuid, title text, url_path text, standfirst text, date date,
    price smallint, minutes smallint, made jsonb, alt text, headline text
)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    asked CONSTANT tsquery := websearch_to_tsquery('english', typed);
    -- The same words, of which any is enough.
    either CONSTANT tsquery := asked || asked;
    marks CONSTANT text := 'StartSel=' || chr(57344) || ', StopSel=' || chr(57345) || ', MaxWords=34, MinWords=18';
    -- To mark words takes far longer than to find them. So it is done in what stands around the first of them,
    -- in characters: so many before it, so many in all.
    before CONSTANT integer := 80;
    around CONSTANT integer := 320;
    beginnings text[];
    any_beginning text;
BEGIN
    -- Words begin as their stems do, but for a last i that was a y. Most stand behind a space: those are looked for
    -- first, which takes a tenth of the time. An expression finds all, whatever they stand behind.
    SELECT array_agg(written.word),
        '\m(' || string_agg(DISTINCT regexp_replace(begun.stem, '(\W)', '\\\1', 'g'), '|') || ')'
    INTO beginnings, any_beginning
    FROM unnest(to_tsvector('english', typed)) word
    CROSS JOIN LATERAL (SELECT regexp_replace(word.lexeme, '(?<=.)i$', '') AS stem) begun
    CROSS JOIN LATERAL unnest(ARRAY[' ' || begun.stem, ' ' || initcap(begun.stem)]) AS written (word);
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT text.id, text.page_id, listed.date
        FROM articles_publictext text JOIN articles_listedbriefing listed ON listed.page_id = text.page_id
        WHERE text.document @@ asked AND NOT listed.is_alias AND listed.page_id <> ALL (hidden)
            AND NOT EXISTS (SELECT FROM unnest(hidden_beneath) path WHERE starts_with(listed.under, path))
    ), ranked AS MATERIALIZED (
        SELECT newest.*, ts_rank(known.gist, asked) + ts_rank(known.gist, either) AS rank
        FROM (SELECT * FROM found ORDER BY found.date DESC, found.page_id DESC LIMIT at_most) newest
        JOIN articles_gist known ON known.text_id = newest.id
        ORDER BY rank DESC, newest.date DESC, newest.page_id DESC LIMIT a_page OFFSET skip
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
        -- Fetched once: each function would do it for itself.
        CROSS JOIN LATERAL (SELECT ' ' || text.story AS story OFFSET 0) whole
        CROSS JOIN LATERAL (
            SELECT coalesce(
                min(nullif(strpos(whole.story, beginning), 0)),
                regexp_instr(whole.story, any_beginning, 1, 1, 0, 'i')
            ) AS at
            FROM unnest(beginnings) beginning OFFSET 0
        ) first
        CROSS JOIN LATERAL (SELECT greatest(1, first.at - before) AS at OFFSET 0) begin
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

-- Which of the words stand in a story that everyone may read.
CREATE FUNCTION find_words(asked text[], hidden integer[], hidden_beneath text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT word FROM unnest(asked) word WHERE EXISTS (
        SELECT FROM articles_publictext text JOIN articles_listedbriefing listed ON listed.page_id = text.page_id
        WHERE text.document @@ plainto_tsquery('english', word)
            AND NOT listed.is_alias AND listed.page_id <> ALL (hidden)
            AND NOT EXISTS (SELECT FROM unnest(hidden_beneath) path WHERE starts_with(listed.under, path))
    );
END $$;
