BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE artifacts (
	artifact_id VARCHAR(64) NOT NULL, 
	digest VARCHAR(200) NOT NULL, 
	serializer TEXT NOT NULL, 
	type TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	shape JSON, 
	columns JSON, 
	preview TEXT NOT NULL, 
	members JSON NOT NULL, 
	PRIMARY KEY (artifact_id)
);
INSERT INTO "artifacts" VALUES('835b5b40277c54e02c0eb20c76d78d6a7f7bc78de4c02805f4e99fccfb8327a4','sha256:df','json','int',3,NULL,NULL,'','[]');
CREATE TABLE attempts (
	run_id VARCHAR(40) NOT NULL, 
	node VARCHAR(400) NOT NULL, 
	attempt INTEGER NOT NULL, 
	token VARCHAR(64) NOT NULL, 
	notebook TEXT NOT NULL, 
	log TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	failure JSON, 
	PRIMARY KEY (run_id, node, attempt), 
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('first','n0',1,'t','n','l','2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456',NULL);
INSERT INTO "attempts" VALUES('first','n1',1,'t','n','l','2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456',NULL);
INSERT INTO "attempts" VALUES('bcd2345678','a',1,'t1','/out/a.1.ipynb','/out/a.1.jsonl','2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456','{"cause": "kernel_died", "ename": "KeyError", "evalue": "''gr\u00f6\u00dfe''", "traceback": "\u001b[31mTraceback\u001b[0m", "cell_id": "c3", "line": 7, "mro": ["KeyError", "LookupError"]}');
INSERT INTO "attempts" VALUES('bcd2345678','a',2,'t2','/out/a.2.ipynb','/out/a.2.jsonl','2026-02-01 00:00:02.123456','2026-02-01 00:00:03.123456',NULL);
CREATE TABLE events (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	run_id VARCHAR(40) NOT NULL, 
	node VARCHAR(400), 
	kind VARCHAR(60) NOT NULL, 
	at DATETIME NOT NULL, 
	data JSON NOT NULL, 
	FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(1,'first',NULL,'RunCreated','2026-01-31 23:59:58.123456','{"parameters": {}, "options": {}, "parent_run_id": null}');
INSERT INTO "events" VALUES(2,'first',NULL,'RunStarted','2026-01-31 23:59:59.123456','{"token": "of first", "control": "here"}');
INSERT INTO "events" VALUES(3,'first','n0','NodeQueued','2026-01-31 23:59:59.123456','{"reason": "ready"}');
INSERT INTO "events" VALUES(4,'first','n0','NodeStarted','2026-01-31 23:59:59.123456','{"attempt": 1, "token": "t", "notebook": "n", "log": "l"}');
INSERT INTO "events" VALUES(5,'first','n0','NodeSucceeded','2026-01-31 23:59:59.123456','{"outputs": {"df": {"name": "df", "artifact": {"digest": "sha256:df", "serializer": "json", "type": "int", "size_bytes": 3, "shape": null, "columns": null, "preview": "", "members": []}, "truthy": null, "needs": [], "shares": []}}}');
INSERT INTO "events" VALUES(6,'first','n1','NodeQueued','2026-01-31 23:59:59.123456','{"reason": "ready"}');
INSERT INTO "events" VALUES(7,'first','n1','NodeStarted','2026-01-31 23:59:59.123456','{"attempt": 1, "token": "t", "notebook": "n", "log": "l"}');
INSERT INTO "events" VALUES(8,'first','n1','NodeSucceeded','2026-01-31 23:59:59.123456','{"outputs": {"df": {"name": "df", "artifact": {"digest": "sha256:df", "serializer": "json", "type": "int", "size_bytes": 3, "shape": null, "columns": null, "preview": "", "members": []}, "truthy": null, "needs": [], "shares": []}}}');
INSERT INTO "events" VALUES(9,'first',NULL,'RunFinished','2026-01-31 23:59:59.123456','{"state": "succeeded", "reason": "all good"}');
INSERT INTO "events" VALUES(10,'bcd2345678',NULL,'RunCreated','2026-01-31 23:59:58.123456','{"parameters": {"gr\u00f6\u00dfe": [1, null]}, "options": {"jobs": 2}, "parent_run_id": null}');
INSERT INTO "events" VALUES(11,'bcd2345678',NULL,'RunStarted','2026-01-31 23:59:59.123456','{"token": "the runner''s", "control": "ipc:x"}');
INSERT INTO "events" VALUES(12,'bcd2345678','a','NodeQueued','2026-01-31 23:59:59.123456','{"reason": "ready"}');
INSERT INTO "events" VALUES(13,'bcd2345678','a','NodeStarted','2026-01-31 23:59:59.123456','{"attempt": 1, "token": "t1", "notebook": "/out/a.1.ipynb", "log": "/out/a.1.jsonl"}');
INSERT INTO "events" VALUES(14,'bcd2345678','a','NodeRetrying','2026-01-31 23:59:59.123456','{"failure": {"cause": "kernel_died", "ename": "KeyError", "evalue": "''gr\u00f6\u00dfe''", "traceback": "\u001b[31mTraceback\u001b[0m", "cell_id": "c3", "line": 7, "mro": ["KeyError", "LookupError"]}, "not_before": "2026-02-01T00:00:01.123456+00:00", "reason": "again"}');
INSERT INTO "events" VALUES(15,'bcd2345678','a','NodeQueued','2026-02-01 00:00:02.123456','{"reason": "ready"}');
INSERT INTO "events" VALUES(16,'bcd2345678','a','NodeStarted','2026-02-01 00:00:02.123456','{"attempt": 2, "token": "t2", "notebook": "/out/a.2.ipynb", "log": "/out/a.2.jsonl"}');
INSERT INTO "events" VALUES(17,'bcd2345678','a','NodeSucceeded','2026-02-01 00:00:03.123456','{"outputs": {"df": {"name": "df", "artifact": {"digest": "sha256:df", "serializer": "json", "type": "int", "size_bytes": 3, "shape": null, "columns": null, "preview": "", "members": []}, "truthy": true, "needs": ["f"], "shares": ["raw"]}}}');
INSERT INTO "events" VALUES(18,'queued2345',NULL,'RunCreated','2026-01-31 23:59:58.123456','{"parameters": {}, "options": {}, "parent_run_id": "bcd2345678"}');
CREATE TABLE node_runs (
	run_id VARCHAR(40) NOT NULL, 
	node VARCHAR(400) NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	attempt INTEGER NOT NULL, 
	infra_failures INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	fingerprint JSON NOT NULL, 
	not_before DATETIME, 
	queued_at DATETIME, 
	started_at DATETIME, 
	finished_at DATETIME, 
	failure JSON, 
	source_run_id VARCHAR(40), 
	PRIMARY KEY (run_id, node), 
	FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);
INSERT INTO "node_runs" VALUES('first','n0',0,'succeeded',1,0,'ready','{}',NULL,'2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456',NULL,NULL);
INSERT INTO "node_runs" VALUES('first','n1',1,'succeeded',1,0,'ready','{}',NULL,'2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456',NULL,NULL);
INSERT INTO "node_runs" VALUES('bcd2345678','a',0,'succeeded',2,1,'ready','{}',NULL,'2026-02-01 00:00:02.123456','2026-02-01 00:00:02.123456','2026-02-01 00:00:03.123456',NULL,NULL);
INSERT INTO "node_runs" VALUES('bcd2345678','b',1,'pending',0,0,'','{"code": "sha256:1"}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node_runs" VALUES('queued2345','a',0,'pending',0,0,'','{}',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE outputs (
	run_id VARCHAR(40) NOT NULL, 
	node VARCHAR(400) NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	artifact_id VARCHAR(64) NOT NULL, 
	truthy BOOLEAN, 
	needs JSON NOT NULL, 
	shares JSON NOT NULL, 
	PRIMARY KEY (run_id, node, position), 
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE, 
	FOREIGN KEY(artifact_id) REFERENCES artifacts (artifact_id)
);
INSERT INTO "outputs" VALUES('first','n0',0,'df','835b5b40277c54e02c0eb20c76d78d6a7f7bc78de4c02805f4e99fccfb8327a4',NULL,'[]','[]');
INSERT INTO "outputs" VALUES('first','n1',0,'df','835b5b40277c54e02c0eb20c76d78d6a7f7bc78de4c02805f4e99fccfb8327a4',NULL,'[]','[]');
INSERT INTO "outputs" VALUES('bcd2345678','a',0,'df','835b5b40277c54e02c0eb20c76d78d6a7f7bc78de4c02805f4e99fccfb8327a4',1,'["f"]','["raw"]');
CREATE TABLE runs (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	run_id VARCHAR(40) NOT NULL, 
	notebook TEXT NOT NULL, 
	snapshot VARCHAR(200) NOT NULL, 
	parameters JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	parent_run_id VARCHAR(40), 
	options JSON NOT NULL, 
	token VARCHAR(64), 
	control TEXT, 
	started_at DATETIME, 
	finished_at DATETIME, 
	reason TEXT, 
	UNIQUE (run_id), 
	FOREIGN KEY(snapshot) REFERENCES snapshots (digest)
);
INSERT INTO "runs" VALUES(1,'first','/home/ana/etl.ipynb','sha256:00','{}','succeeded','2026-01-31 23:59:58.123456',NULL,'{}','of first',NULL,'2026-01-31 23:59:59.123456','2026-01-31 23:59:59.123456','all good');
INSERT INTO "runs" VALUES(2,'bcd2345678','/home/ana/etl.ipynb','sha256:00','{"gr\u00f6\u00dfe": [1, null]}','running','2026-01-31 23:59:58.123456',NULL,'{"jobs": 2}','the runner''s','ipc:x','2026-01-31 23:59:59.123456',NULL,NULL);
INSERT INTO "runs" VALUES(3,'queued2345','/home/ana/etl.ipynb','sha256:00','{}','queued','2026-01-31 23:59:58.123456','bcd2345678','{}',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE schema_history (
	revision VARCHAR(40) NOT NULL, 
	version VARCHAR(40) NOT NULL, 
	PRIMARY KEY (revision)
);
INSERT INTO "schema_history" VALUES('0001','0.1.0');
CREATE TABLE snapshots (
	digest VARCHAR(200) NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "snapshots" VALUES('sha256:00','{}');
CREATE INDEX runs_of_notebook ON runs (notebook, number);
CREATE INDEX node_runs_in_order ON node_runs (run_id, position);
CREATE INDEX ix_artifacts_digest ON artifacts (digest);
CREATE INDEX ix_outputs_artifact_id ON outputs (artifact_id);
CREATE INDEX events_of_run ON events (run_id, seq);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',3);
INSERT INTO "sqlite_sequence" VALUES('events',18);
COMMIT;
