CREATE TABLE schema_history (
	revision VARCHAR(40) NOT NULL,
	version VARCHAR(40) NOT NULL,
	PRIMARY KEY (revision)
);

CREATE TABLE snapshots (
	digest VARCHAR(200) NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (digest)
);

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
	reason TEXT, created_by TEXT DEFAULT '' NOT NULL, runner JSON, lease_until DATETIME,
	UNIQUE (run_id),
	FOREIGN KEY(snapshot) REFERENCES snapshots (digest)
);

CREATE INDEX runs_of_notebook ON runs (notebook, number);

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
	source_run_id VARCHAR(40), parent VARCHAR(400), "key" TEXT, item JSON, severity VARCHAR(20), parameters JSON, opened_after INTEGER DEFAULT '0' NOT NULL,
	PRIMARY KEY (run_id, node),
	FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE TABLE attempts (
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400) NOT NULL,
	attempt INTEGER NOT NULL,
	token VARCHAR(64) NOT NULL,
	notebook TEXT NOT NULL,
	log TEXT NOT NULL,
	started_at DATETIME NOT NULL,
	finished_at DATETIME,
	failure JSON, usage JSON,
	PRIMARY KEY (run_id, node, attempt),
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE
);

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

CREATE INDEX ix_artifacts_digest ON artifacts (digest);

CREATE TABLE outputs (
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400) NOT NULL,
	position INTEGER NOT NULL,
	name TEXT NOT NULL,
	artifact_id VARCHAR(64) NOT NULL,
	truthy BOOLEAN,
	needs JSON NOT NULL,
	shares JSON NOT NULL, items JSON,
	PRIMARY KEY (run_id, node, position),
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE,
	FOREIGN KEY(artifact_id) REFERENCES artifacts (artifact_id)
);

CREATE INDEX ix_outputs_artifact_id ON outputs (artifact_id);

CREATE TABLE events (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400),
	kind VARCHAR(60) NOT NULL,
	at DATETIME NOT NULL,
	data JSON NOT NULL,
	FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
);

CREATE INDEX events_of_run ON events (run_id, seq);

CREATE INDEX runs_by_state ON runs (state, number);

CREATE TABLE slots (
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400) NOT NULL,
	pool VARCHAR(200) NOT NULL,
	slots INTEGER NOT NULL,
	token VARCHAR(64) NOT NULL,
	PRIMARY KEY (run_id, node, pool),
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE
);

CREATE INDEX slots_of_pool ON slots (pool);

CREATE TABLE results (
	"key" VARCHAR(200) NOT NULL,
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400) NOT NULL,
	notebook TEXT NOT NULL,
	computed_at DATETIME NOT NULL,
	inputs JSON NOT NULL,
	files JSON NOT NULL,
	watched JSON NOT NULL,
	PRIMARY KEY ("key"),
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE
);

CREATE INDEX results_of_node_run ON results (run_id, node);

CREATE INDEX results_of_notebook ON results (notebook, node, computed_at);

CREATE TABLE audit (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	at DATETIME NOT NULL,
	"by" TEXT NOT NULL,
	action VARCHAR(60) NOT NULL,
	run_id VARCHAR(40),
	node VARCHAR(400),
	notebook TEXT NOT NULL,
	snapshot VARCHAR(200),
	details JSON NOT NULL,
	schedule TEXT
);

CREATE INDEX audit_of_run ON audit (run_id, seq);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
       WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE schedules (
	schedule_id VARCHAR(40) NOT NULL,
	name TEXT NOT NULL,
	notebook TEXT NOT NULL,
	environment TEXT,
	deployed BOOLEAN NOT NULL,
	origin TEXT,
	"trigger" JSON NOT NULL,
	policy JSON NOT NULL,
	parameters JSON NOT NULL,
	options JSON NOT NULL,
	created_at DATETIME NOT NULL,
	created_by TEXT NOT NULL,
	considered_until DATETIME NOT NULL,
	paused_at DATETIME,
	paused_because TEXT,
	resumed_at DATETIME,
	removed_at DATETIME,
	version INTEGER NOT NULL,
	seq BIGINT NOT NULL,
	fired_at DATETIME,
	succeeded_at DATETIME,
	started_count INTEGER NOT NULL,
	PRIMARY KEY (schedule_id)
);

CREATE INDEX schedules_by_seq ON schedules (seq);

CREATE INDEX schedules_present ON schedules (removed_at, name);

CREATE UNIQUE INDEX schedules_by_name ON schedules (name) WHERE removed_at IS NULL;

CREATE TABLE fires (
	schedule_id VARCHAR(40) NOT NULL,
	fire_time DATETIME NOT NULL,
	kind VARCHAR(20) NOT NULL,
	fate VARCHAR(20) NOT NULL,
	decided_at DATETIME NOT NULL,
	reason TEXT NOT NULL,
	run_id VARCHAR(40),
	claimed_by VARCHAR(64),
	lease_until DATETIME,
	due_at DATETIME,
	started_at DATETIME,
	ended_at DATETIME,
	run_state VARCHAR(20),
	resumed INTEGER NOT NULL,
	parameters JSON NOT NULL,
	batch VARCHAR(40),
	position INTEGER NOT NULL,
	max_active INTEGER,
	asked_by TEXT NOT NULL,
	count INTEGER NOT NULL,
	first_time DATETIME,
	at_least BOOLEAN NOT NULL,
	is_open BOOLEAN NOT NULL, cause TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (schedule_id, fire_time),
	FOREIGN KEY(schedule_id) REFERENCES schedules (schedule_id)
);

CREATE INDEX fires_open ON fires (is_open, schedule_id, fire_time);

CREATE INDEX fires_of_run ON fires (run_id);

CREATE INDEX fires_by_end ON fires (schedule_id, run_state, fire_time);

CREATE TABLE signals (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	source TEXT NOT NULL,
	at DATETIME NOT NULL,
	verdict JSON NOT NULL
);

CREATE INDEX signals_of_source ON signals (source, at);

CREATE TABLE polls (
	schedule_id VARCHAR(40) NOT NULL,
	source VARCHAR(1000) NOT NULL,
	next_at DATETIME NOT NULL,
	seen JSON NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (schedule_id, source),
	FOREIGN KEY(schedule_id) REFERENCES schedules (schedule_id)
);

CREATE TABLE services (
	token VARCHAR(64) NOT NULL,
	runner JSON NOT NULL,
	started_at DATETIME NOT NULL,
	watched_since DATETIME NOT NULL,
	lease_until DATETIME NOT NULL,
	PRIMARY KEY (token)
);

CREATE TABLE versions (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name VARCHAR(100) NOT NULL,
	number INTEGER NOT NULL,
	digest VARCHAR(200) NOT NULL,
	notebook TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	created_by TEXT NOT NULL,
	details JSON NOT NULL
);

CREATE UNIQUE INDEX versions_by_number ON versions (name, number);

CREATE UNIQUE INDEX versions_by_digest ON versions (name, digest);

CREATE INDEX versions_of_notebook ON versions (notebook, name);

CREATE TABLE moves (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name VARCHAR(100) NOT NULL,
	environment VARCHAR(100) NOT NULL,
	number INTEGER NOT NULL,
	previous INTEGER,
	kind VARCHAR(20) NOT NULL,
	at DATETIME NOT NULL,
	"by" TEXT NOT NULL,
	details JSON NOT NULL,
	CONSTRAINT to_version FOREIGN KEY(name, number) REFERENCES versions (name, number)
);

CREATE INDEX moves_in_environment ON moves (name, environment, seq);

CREATE INDEX moves_of_deployment ON moves (name, seq);

CREATE TABLE live (
	name VARCHAR(100) NOT NULL,
	environment VARCHAR(100) NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (name, environment),
	FOREIGN KEY(seq) REFERENCES moves (seq)
);

CREATE TABLE notices (
	event_key VARCHAR(200) NOT NULL,
	receiver VARCHAR(200) NOT NULL,
	place INTEGER NOT NULL,
	event VARCHAR(20) NOT NULL,
	at DATETIME NOT NULL,
	next_at DATETIME NOT NULL,
	notebook TEXT NOT NULL,
	environment TEXT NOT NULL,
	run_id VARCHAR(40),
	facts JSON NOT NULL,
	state VARCHAR(20) NOT NULL,
	attempts INTEGER NOT NULL,
	claimed_by VARCHAR(64),
	lease_until DATETIME,
	ended_at DATETIME,
	error TEXT NOT NULL,
	PRIMARY KEY (event_key, receiver, place)
);

CREATE INDEX notices_by_state ON notices (state, next_at);

CREATE INDEX notices_of_run ON notices (run_id);

CREATE INDEX runs_by_end ON runs (notebook, finished_at);

CREATE TABLE assets (
	name VARCHAR(400) NOT NULL,
	version INTEGER NOT NULL,
	variable TEXT NOT NULL,
	artifact_id VARCHAR(64) NOT NULL,
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400) NOT NULL,
	source_run_id VARCHAR(40) NOT NULL,
	notebook TEXT NOT NULL,
	pipeline TEXT NOT NULL,
	published_at DATETIME NOT NULL,
	PRIMARY KEY (name, version),
	FOREIGN KEY(artifact_id) REFERENCES artifacts (artifact_id)
);

CREATE UNIQUE INDEX assets_by_node ON assets (name, node, run_id, source_run_id);

CREATE INDEX assets_by_run ON assets (run_id);

CREATE TABLE asset_loads (
	run_id VARCHAR(40) NOT NULL,
	node VARCHAR(400) NOT NULL,
	attempt INTEGER NOT NULL,
	name VARCHAR(400) NOT NULL,
	version INTEGER NOT NULL,
	published_by VARCHAR(40) NOT NULL,
	PRIMARY KEY (run_id, node, attempt, name, version, published_by),
	CONSTRAINT to_node_run FOREIGN KEY(run_id, node) REFERENCES node_runs (run_id, node) ON DELETE CASCADE
);

CREATE INDEX asset_loads_by_version ON asset_loads (name, version, published_by);

CREATE INDEX node_runs_by_source ON node_runs (source_run_id, node) WHERE source_run_id IS NOT NULL;

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
