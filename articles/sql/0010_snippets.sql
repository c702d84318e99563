-- As in 0006, but that a snippet is all of what stands around a word, and not what PostgreSQL chooses of it (its choice
-- began at the word), and has an ellipsis where the story goes on; and that words too small to be searched for are not
-- mended. Loaded by migration 0010 and never edited after; a
-- change is a new file and a new migration.

-- Whole words, 220 characters. Words begin as their stems do; most stand behind a space, in small letters: those are
-- looked for first, and then those with a capital. `otherwise`, an expression, finds what stands behind anything else.
CREATE OR REPLACE FUNCTION find_around(story text, stems text[], otherwise text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
    -- In characters: so many before the word, so many in all, and so many that the last may go beyond. To mark words
    -- takes far longer than to find them.
    before CONSTANT integer := 80;
    around CONSTANT integer := 220;
    a_word CONSTANT integer := 60;
    -- Fetched once: each function would do it for itself.
    whole CONSTANT text := ' ' || story;
    capital boolean;
    stem text;
    here integer;
    first integer := 0;
    reach text;
    cut text;
BEGIN
    FOREACH capital IN ARRAY '{false, true}'::boolean[] LOOP
        FOREACH stem IN ARRAY stems LOOP
            here := strpos(whole, ' ' || CASE WHEN capital THEN initcap(stem) ELSE stem END);
            IF here > 0 AND (first = 0 OR here < first) THEN
                first := here;
            END IF;
        END LOOP;
        EXIT WHEN first > 0;
    END LOOP;
    IF first = 0 THEN
        first := regexp_instr(whole, otherwise, 1, 1, 0, 'i');
    END IF;
    first := greatest(1, first - before);
    reach := substring(whole FROM first FOR around + a_word);
    cut := left(reach, around) || split_part(substring(reach FROM around + 1), ' ', 1);
    IF length(cut) < length(reach) OR length(reach) = around + a_word THEN
        cut := cut || ' …';
    END IF;
    IF first > 1 THEN
        cut := '… ' || regexp_replace(cut, '^\S*\s', '');
    END IF;
    RETURN cut;
END $$;

CREATE OR REPLACE FUNCTION find_briefings(
    typed text, hidden integer[], hidden_beneath text[], at_most integer, a_page integer, skip integer
)
RETURNS TABLE (number bigint, pk integer, briefing_key uuid, headline text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    asked CONSTANT tsquery := websearch_to_tsquery('english', typed);
    -- The same words, of which any is enough.
    either CONSTANT tsquery := asked || asked;
    marks CONSTANT text := 'StartSel=' || chr(57344) || ', StopSel=' || chr(57345) || ', HighlightAll=true';
    stems text[];
    otherwise text;
BEGIN
    -- But for a last i that was a y.
    SELECT array_agg(begun.stem), '\m(' || string_agg(regexp_replace(begun.stem, '(\W)', '\\\1', 'g'), '|') || ')'
    INTO stems, otherwise
    FROM unnest(to_tsvector('english', typed)) word
    CROSS JOIN LATERAL (SELECT regexp_replace(word.lexeme, '(?<=.)i$', '') AS stem) begun;
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT text.id, text.page_id, text.date FROM articles_publictext text
        WHERE text.document @@ asked AND text.date IS NOT NULL AND text.page_id <> ALL (hidden)
            AND (hidden_beneath = '{}' OR NOT EXISTS (
                SELECT FROM articles_listedbriefing listed JOIN unnest(hidden_beneath) path
                    ON starts_with(listed.under, path)
                WHERE listed.page_id = text.page_id
            ))
    ), ranked AS MATERIALIZED (
        SELECT newest.*, ts_rank(known.gist, asked) + ts_rank(known.gist, either) AS rank
        FROM (SELECT * FROM found ORDER BY found.date DESC, found.page_id DESC LIMIT at_most) newest
        JOIN articles_gist known ON known.text_id = newest.id
        ORDER BY rank DESC, newest.date DESC, newest.page_id DESC LIMIT a_page OFFSET skip
    )
    SELECT total.number, page.id, page.translation_key,
        ts_headline('english', find_around(text.story, coalesce(stems, '{}'), otherwise), asked, marks)
    FROM (SELECT count(*) AS number FROM found) total
    LEFT JOIN (
        ranked JOIN articles_publictext text ON text.id = ranked.id
        JOIN wagtailcore_page page ON page.id = ranked.page_id
    ) ON true
    ORDER BY ranked.rank DESC, ranked.date DESC, ranked.page_id DESC;
END $$;

-- Which of the words stand in a story that everyone may read, or are looked for in none.
CREATE OR REPLACE FUNCTION find_words(asked text[], hidden integer[], hidden_beneath text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT word FROM unnest(asked) word WHERE to_tsvector('english', word) = '' OR EXISTS (
        SELECT FROM articles_publictext text
        WHERE text.document @@ plainto_tsquery('english', word)
            AND text.date IS NOT NULL AND text.page_id <> ALL (hidden)
            AND (hidden_beneath = '{}' OR NOT EXISTS (
                SELECT FROM articles_listedbriefing listed JOIN unnest(hidden_beneath) path
                    ON starts_with(listed.under, path)
                WHERE listed.page_id = text.page_id
            ))
    );
END $$;
