-- Substring search on leads without pg_trgm: hashes of every trigram, and of the first one and
-- two characters of every word, in one GIN index. The texts lie in a table of their own, as every
-- change of a lead would otherwise index all its hashes anew. The hashes are seeded with the workspace, so
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
CREATE TABLE lead_search (
  workspace_id uuid NOT NULL,
  lead_id uuid NOT NULL,
  search text NOT NULL,
  PRIMARY KEY (workspace_id, lead_id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX lead_search_grams ON lead_search USING gin (lead_grams(workspace_id, search));
CREATE FUNCTION lead_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO lead_search (workspace_id, lead_id, search)
  VALUES (new.workspace_id, new.id, new.search)
  ON CONFLICT (workspace_id, lead_id) DO UPDATE SET search = excluded.search;
  RETURN NULL;
END $$;
CREATE TRIGGER lead_search_insert AFTER INSERT ON lead
  FOR EACH ROW EXECUTE FUNCTION lead_searchable();
CREATE TRIGGER lead_search_update AFTER UPDATE OF search ON lead
  FOR EACH ROW WHEN (old.search <> new.search) EXECUTE FUNCTION lead_searchable();
