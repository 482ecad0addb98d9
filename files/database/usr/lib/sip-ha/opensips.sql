-- managed by Pulumi: change files/database/usr/lib/sip-ha/opensips.sql
-- Contacts and calls as usrloc and dialog of OpenSIPS 3.6 expect them; applied after schema.sql, any number of times.
-- Users and accounting are those of schema.sql, so that they outlive a change of the proxy.
-- utf8mb4_bin: the user part of a SIP URI is case-sensitive (RFC 3261 19.1.4).

CREATE DATABASE IF NOT EXISTS opensips CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE opensips;

CREATE TABLE IF NOT EXISTS version (
  table_name CHAR(32) NOT NULL,
  table_version INT UNSIGNED DEFAULT 0 NOT NULL,
  CONSTRAINT t_name_idx UNIQUE (table_name)
) ENGINE=InnoDB;

-- Without the index each look-up reads every contact: 650 ms at 100,000 of them.
CREATE TABLE IF NOT EXISTS location (
  contact_id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  username CHAR(64) DEFAULT '' NOT NULL,
  domain CHAR(64) DEFAULT NULL,
  contact TEXT NOT NULL,
  received CHAR(255) DEFAULT NULL,
  path CHAR(255) DEFAULT NULL,
  expires INT UNSIGNED NOT NULL,
  q FLOAT(10,2) DEFAULT 1.0 NOT NULL,
  callid CHAR(255) DEFAULT 'Default-Call-ID' NOT NULL,
  cseq INT DEFAULT 13 NOT NULL,
  last_modified DATETIME DEFAULT '1900-01-01 00:00:01' NOT NULL,
  flags INT DEFAULT 0 NOT NULL,
  cflags CHAR(255) DEFAULT NULL,
  user_agent CHAR(255) DEFAULT '' NOT NULL,
  socket CHAR(64) DEFAULT NULL,
  methods INT DEFAULT NULL,
  sip_instance CHAR(255) DEFAULT NULL,
  kv_store TEXT(512) DEFAULT NULL,
  attr CHAR(255) DEFAULT NULL,
  INDEX username_idx (username),
  INDEX expires_idx (expires)
) ENGINE=InnoDB;

CREATE OR REPLACE VIEW registered AS SELECT username, contact FROM location
  WHERE expires > UNIX_TIMESTAMP() AND username <> 'sip-ha-watcher';

-- One row from the answer to the end of each call.
CREATE TABLE IF NOT EXISTS dialog (
  dlg_id BIGINT UNSIGNED PRIMARY KEY NOT NULL,
  callid CHAR(255) NOT NULL,
  from_uri CHAR(255) NOT NULL,
  from_tag CHAR(64) NOT NULL,
  to_uri CHAR(255) NOT NULL,
  to_tag CHAR(64) NOT NULL,
  mangled_from_uri CHAR(255) DEFAULT NULL,
  mangled_to_uri CHAR(255) DEFAULT NULL,
  caller_cseq CHAR(11) NOT NULL,
  callee_cseq CHAR(11) NOT NULL,
  caller_ping_cseq INT UNSIGNED NOT NULL,
  callee_ping_cseq INT UNSIGNED NOT NULL,
  caller_route_set TEXT(512),
  callee_route_set TEXT(512),
  caller_contact CHAR(255),
  callee_contact CHAR(255),
  caller_sock CHAR(64) NOT NULL,
  callee_sock CHAR(64) NOT NULL,
  state INT UNSIGNED NOT NULL,
  start_time INT UNSIGNED NOT NULL,
  timeout INT UNSIGNED NOT NULL,
  vars BLOB(4096) DEFAULT NULL,
  profiles TEXT(512) DEFAULT NULL,
  script_flags CHAR(255) DEFAULT NULL,
  module_flags INT UNSIGNED DEFAULT 0 NOT NULL,
  flags INT UNSIGNED DEFAULT 0 NOT NULL,
  rt_on_answer CHAR(64) DEFAULT NULL,
  rt_on_timeout CHAR(64) DEFAULT NULL,
  rt_on_hangup CHAR(64) DEFAULT NULL
) ENGINE=InnoDB;

-- The end of a call is looked for by its Call-ID.
CREATE INDEX IF NOT EXISTS callid_idx ON dialog (callid);

CREATE OR REPLACE VIEW subscriber AS
  SELECT id, username, domain, '' AS password, ha1, '' AS ha1_sha256, '' AS ha1_sha512t256 FROM kamailio.subscriber;

-- What OpenSIPS itself adds: calls that no node saw the answer of.
CREATE OR REPLACE VIEW accounting AS SELECT * FROM kamailio.accounting;

DELIMITER //

CREATE OR REPLACE TRIGGER call_begins AFTER INSERT ON dialog FOR EACH ROW
  INSERT INTO kamailio.accounting (call_id, from_tag, to_tag, caller, called)
    VALUES (NEW.callid, NEW.from_tag, NEW.to_tag, NEW.from_uri, NEW.to_uri)
    ON DUPLICATE KEY UPDATE call_id = NEW.callid //

CREATE OR REPLACE TRIGGER call_ends AFTER DELETE ON dialog FOR EACH ROW
  UPDATE kamailio.accounting SET ended = UTC_TIMESTAMP(3)
    WHERE call_id = OLD.callid AND from_tag = OLD.from_tag AND to_tag = OLD.to_tag //

DELIMITER ;

INSERT INTO version (table_name, table_version) VALUES ('location', 1013), ('subscriber', 8), ('dialog', 12)
  ON DUPLICATE KEY UPDATE table_version = VALUES(table_version);

-- The contact that the watcher of a node looks up through its proxy, and answers for itself: one that never expires.
START TRANSACTION;
DELETE FROM location WHERE username = 'sip-ha-watcher';
INSERT INTO location (username, contact, expires, callid, user_agent)
  VALUES ('sip-ha-watcher', 'sip:sip-ha-watcher@127.0.0.1:7723', UNIX_TIMESTAMP('2037-12-31'), 'sip-ha-watcher', 'sip-ha-watcher');
COMMIT;
