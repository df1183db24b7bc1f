-- Substring search on leads without pg_trgm: hashes of every trigram, and of the first one and
-- two characters of every word, in one GIN index. The hashes are seeded with the workspace, so
-- that one index serves many workspaces. Hashes may collide: queries compare the text as well.
-- Words are runs of letters and digits; character classes would depend on the database's
-- collation, so the letters are spelled out as ranges of code points.
CREATE FUNCTION lead_grams(workspace uuid, search text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT hashtextextended(gram COLLATE "C", seed)), '{}')
  FROM (SELECT hashtextextended(workspace::text COLLATE "C", 0) AS seed) seeds,
  LATERAL (
    SELECT substr(search, place, 3) AS gram FROM generate_series(1, length(search) - 2) place
    UNION ALL
    SELECT chr(1) || left(word, size)
    FROM regexp_split_to_table(search COLLATE "C", '[^A-Z0-9a-z\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc-\u00be\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2070-\u2fff\u3031-\ufefe\uff10-\U0010ffff]+') word,
    generate_series(1, least(length(word), 2)) size
  ) grams
$$;
CREATE FUNCTION lead_query_grams(workspace uuid, query text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT hashtextextended(gram COLLATE "C", seed))
  FROM (SELECT hashtextextended(workspace::text COLLATE "C", 0) AS seed) seeds,
  LATERAL (
    SELECT substr(query, place, 3) AS gram FROM generate_series(1, length(query) - 2) place
    UNION ALL
    SELECT chr(1) || query WHERE length(query) < 3
  ) grams
$$;
CREATE INDEX lead_search ON lead USING gin (lead_grams(workspace_id, search));
