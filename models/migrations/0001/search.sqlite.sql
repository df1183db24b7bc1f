-- Substring search on leads: trigrams for three characters and more, beginnings of words for
-- one or two. Both index the column `search` of the lead with the same `row`.
CREATE VIRTUAL TABLE lead_trigram USING fts5(
  search, content = 'lead', content_rowid = 'row', tokenize = 'trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE lead_word USING fts5(
  search, content = 'lead', content_rowid = 'row',
  tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2', detail = 'none', columnsize = 0
);
CREATE TRIGGER lead_search_insert AFTER INSERT ON lead BEGIN
  INSERT INTO lead_trigram (rowid, search) VALUES (new.row, new.search);
  INSERT INTO lead_word (rowid, search) VALUES (new.row, new.search);
END;
CREATE TRIGGER lead_search_delete AFTER DELETE ON lead BEGIN
  INSERT INTO lead_trigram (lead_trigram, rowid, search) VALUES ('delete', old.row, old.search);
  INSERT INTO lead_word (lead_word, rowid, search) VALUES ('delete', old.row, old.search);
END;
CREATE TRIGGER lead_search_update AFTER UPDATE OF search ON lead WHEN old.search <> new.search BEGIN
  INSERT INTO lead_trigram (lead_trigram, rowid, search) VALUES ('delete', old.row, old.search);
  INSERT INTO lead_word (lead_word, rowid, search) VALUES ('delete', old.row, old.search);
  INSERT INTO lead_trigram (rowid, search) VALUES (new.row, new.search);
  INSERT INTO lead_word (rowid, search) VALUES (new.row, new.search);
END;
