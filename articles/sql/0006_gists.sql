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

-- A text bears the date of its listing, and none while its briefing is not listed or is an alias: what is found is
-- counted and put in order without a look at each one's listing. A listing that changes has its text look again.
CREATE FUNCTION articles_date_text() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.date := (SELECT l.date FROM articles_listedbriefing l WHERE l.page_id = NEW.page_id AND NOT l.is_alias);
    RETURN NEW;
END $$;

CREATE TRIGGER text_has_the_date_of_its_listing BEFORE INSERT OR UPDATE ON articles_publictext
    FOR EACH ROW EXECUTE FUNCTION articles_date_text();

CREATE FUNCTION articles_date_text_anew() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE articles_publictext SET date = date
    WHERE page_id = CASE TG_OP WHEN 'DELETE' THEN OLD.page_id ELSE NEW.page_id END;
    RETURN NULL;
END $$;

CREATE TRIGGER text_follows_its_listing AFTER INSERT OR DELETE ON articles_listedbriefing
    FOR EACH ROW EXECUTE FUNCTION articles_date_text_anew();
CREATE TRIGGER text_follows_a_new_date AFTER UPDATE ON articles_listedbriefing
    FOR EACH ROW WHEN ((NEW.date, NEW.is_alias) IS DISTINCT FROM (OLD.date, OLD.is_alias))
    EXECUTE FUNCTION articles_date_text_anew();

-- Stories lie unpacked from now on: to look for a word in one was mostly to unpack it.
ALTER TABLE articles_publictext ALTER story SET STORAGE EXTERNAL;
UPDATE articles_publictext SET story = story || '';

-- What stands around the first of the words, whole words of it. Words begin as their stems do; most stand behind a
-- space, in small letters: those are looked for first, and then those with a capital, which takes a tenth of the
-- time. `otherwise`, an expression, finds what stands behind anything else.
CREATE FUNCTION find_around(story text, stems text[], otherwise text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
    -- In characters: so many before the word, so many in all, and so many that the last may go beyond. To mark words
    -- takes far longer than to find them.
    before CONSTANT integer := 80;
    around CONSTANT integer := 240;
    a_word CONSTANT integer := 60;
    -- Fetched once: each function would do it for itself.
    whole CONSTANT text := ' ' || story;
    stem text;
    here integer;
    first integer := 0;
    cut text;
BEGIN
    FOREACH stem IN ARRAY stems LOOP
        here := strpos(whole, ' ' || stem);
        IF here > 0 AND (first = 0 OR here < first) THEN
            first := here;
        END IF;
    END LOOP;
    IF first = 0 THEN
        FOREACH stem IN ARRAY stems LOOP
            here := strpos(whole, ' ' || initcap(stem));
            IF here > 0 AND (first = 0 OR here < first) THEN
                first := here;
            END IF;
        END LOOP;
    END IF;
    IF first = 0 THEN
        first := regexp_instr(whole, otherwise, 1, 1, 0, 'i');
    END IF;
    first := greatest(1, first - before);
    cut := substring(whole FROM first FOR around + a_word);
    cut := left(cut, around) || split_part(substring(cut FROM around + 1), ' ', 1);
    IF first > 1 THEN
        cut := regexp_replace(cut, '^\S*\s', '');
    END IF;
    RETURN cut;
END $$;

-- One page of what a search finds. As in 0005, but that it names the briefings, and leaves it to whoever asked to
-- know what their cards show; and that gists say how well a briefing matches: how often and how near to each other
-- the words stand in what it is about; and what the gist has of them, should it not have all. Where it has none, the
-- newest is first. One plan for all, because to make it takes as long as the rest.
DROP FUNCTION find_briefings(text, integer[], text[], integer, integer, integer);
CREATE FUNCTION find_briefings(
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
    marks CONSTANT text := 'StartSel=' || chr(57344) || ', StopSel=' || chr(57345) || ', MaxWords=34, MinWords=18';
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

-- What the cards of these briefings show, in no order. Not of those that are no longer published.
CREATE FUNCTION find_cards(pages integer[])
RETURNS TABLE (
    pk integer, briefing_key uuid, title text, url_path text, standfirst text, date date, price smallint,
    minutes smallint, made jsonb, alt text
)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT page.id, page.translation_key, page.title::text, page.url_path, own.standfirst::text, own.date, own.price,
        own.reading_minutes, picture.made,
        coalesce(nullif(own.hero_alt, ''), nullif(picture.description, ''), picture.title)::text
    FROM wagtailcore_page page JOIN articles_briefingpage own ON own.page_ptr_id = page.id
    LEFT JOIN articles_picture picture ON picture.id = own.hero_id
    WHERE page.id = ANY (pages) AND page.live;
END $$;

-- Which of the words stand in a story that everyone may read.
CREATE FUNCTION find_words(asked text[], hidden integer[], hidden_beneath text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT word FROM unnest(asked) word WHERE EXISTS (
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
