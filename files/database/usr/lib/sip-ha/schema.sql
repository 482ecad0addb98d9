-- managed by Pulumi: change files/database/usr/lib/sip-ha/schema.sql
-- Location, accounts and calls as usrloc, auth_db and dialog of Kamailio 5.6 expect them, and the accounting of calls.
-- May be applied any number of times.
-- utf8mb4_bin: the user part of a SIP URI is case-sensitive (RFC 3261 19.1.4).

CREATE DATABASE IF NOT EXISTS kamailio CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE kamailio;

CREATE TABLE IF NOT EXISTS version (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  table_name VARCHAR(32) NOT NULL,
  table_version INT UNSIGNED DEFAULT 0 NOT NULL,
  CONSTRAINT table_name_idx UNIQUE (table_name)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS location (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  ruid VARCHAR(64) DEFAULT '' NOT NULL,
  username VARCHAR(64) DEFAULT '' NOT NULL,
  domain VARCHAR(64) DEFAULT NULL,
  contact VARCHAR(512) DEFAULT '' NOT NULL,
  received VARCHAR(128) DEFAULT NULL,
  path VARCHAR(512) DEFAULT NULL,
  expires DATETIME DEFAULT '2030-05-28 21:32:15' NOT NULL,
  q FLOAT(10,2) DEFAULT 1.0 NOT NULL,
  callid VARCHAR(255) DEFAULT 'Default-Call-ID' NOT NULL,
  cseq INT DEFAULT 1 NOT NULL,
  last_modified DATETIME DEFAULT '2000-01-01 00:00:01' NOT NULL,
  flags INT DEFAULT 0 NOT NULL,
  cflags INT DEFAULT 0 NOT NULL,
  user_agent VARCHAR(255) DEFAULT '' NOT NULL,
  socket VARCHAR(64) DEFAULT NULL,
  methods INT DEFAULT NULL,
  instance VARCHAR(255) DEFAULT NULL,
  reg_id INT DEFAULT 0 NOT NULL,
  server_id INT DEFAULT 0 NOT NULL,
  connection_id INT DEFAULT 0 NOT NULL,
  keepalive INT DEFAULT 0 NOT NULL,
  `partition` INT DEFAULT 0 NOT NULL,
  CONSTRAINT ruid_idx UNIQUE (ruid),
  INDEX account_contact_idx (username, domain, contact),
  INDEX expires_idx (expires),
  INDEX connection_idx (server_id, connection_id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS subscriber (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  username VARCHAR(64) DEFAULT '' NOT NULL,
  domain VARCHAR(64) DEFAULT '' NOT NULL,
  password VARCHAR(64) DEFAULT '' NOT NULL,
  ha1 VARCHAR(128) DEFAULT '' NOT NULL,
  ha1b VARCHAR(128) DEFAULT '' NOT NULL,
  CONSTRAINT account_idx UNIQUE (username, domain)
) ENGINE=InnoDB;

-- Who can be called right now; each proxy's tables have this view.
CREATE OR REPLACE VIEW registered AS SELECT username, contact FROM location
  WHERE expires > UTC_TIMESTAMP() AND username <> 'sip-ha-watcher';

-- One row from the answer to the end of each call.
CREATE TABLE IF NOT EXISTS dialog (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  hash_entry INT UNSIGNED NOT NULL,
  hash_id INT UNSIGNED NOT NULL,
  callid VARCHAR(255) NOT NULL,
  from_uri VARCHAR(255) NOT NULL,
  from_tag VARCHAR(128) NOT NULL,
  to_uri VARCHAR(255) NOT NULL,
  to_tag VARCHAR(128) NOT NULL,
  caller_cseq VARCHAR(20) NOT NULL,
  callee_cseq VARCHAR(20) NOT NULL,
  caller_route_set VARCHAR(512),
  callee_route_set VARCHAR(512),
  caller_contact VARCHAR(255) NOT NULL,
  callee_contact VARCHAR(255) NOT NULL,
  caller_sock VARCHAR(64) NOT NULL,
  callee_sock VARCHAR(64) NOT NULL,
  state INT UNSIGNED NOT NULL,
  start_time INT UNSIGNED NOT NULL,
  timeout INT UNSIGNED DEFAULT 0 NOT NULL,
  sflags INT UNSIGNED DEFAULT 0 NOT NULL,
  iflags INT UNSIGNED DEFAULT 0 NOT NULL,
  toroute_name VARCHAR(32),
  req_uri VARCHAR(255) NOT NULL,
  xdata VARCHAR(512),
  INDEX hash_idx (hash_entry, hash_id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS dialog_vars (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  hash_entry INT UNSIGNED NOT NULL,
  hash_id INT UNSIGNED NOT NULL,
  dialog_key VARCHAR(128) NOT NULL,
  dialog_value VARCHAR(512) NOT NULL,
  INDEX hash_idx (hash_entry, hash_id)
) ENGINE=InnoDB;

-- Names of the nodes by the address that they come from; database-apply fills it.
CREATE TABLE IF NOT EXISTS node (
  address VARCHAR(45) PRIMARY KEY NOT NULL,
  name VARCHAR(63) NOT NULL
) ENGINE=InnoDB;

-- One row for each answered call, for good. Times are UTC by this machine's clock, so a duration never mixes two clocks.
CREATE TABLE IF NOT EXISTS accounting (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  call_id VARCHAR(255) NOT NULL,
  from_tag VARCHAR(128) NOT NULL,
  to_tag VARCHAR(128) NOT NULL,
  caller VARCHAR(255) NOT NULL,
  called VARCHAR(255) NOT NULL,
  -- of the 200 OK; of the first request within the call where no node saw that
  started DATETIME(3) DEFAULT NULL,
  start_seen BOOLEAN DEFAULT TRUE NOT NULL,
  ended DATETIME(3) DEFAULT NULL,
  -- silent: no phone knew it any more, or it outlasted every limit
  ended_how ENUM('bye', 'silent') DEFAULT NULL,
  duration DECIMAL(12,3) AS (TIMESTAMPDIFF(MICROSECOND, started, ended) / 1000000) VIRTUAL,
  started_by VARCHAR(63) DEFAULT NULL,
  ended_by VARCHAR(63) DEFAULT NULL,
  -- what makes a second row for one call impossible
  CONSTRAINT call_idx UNIQUE (call_id, from_tag, to_tag),
  INDEX started_idx (started),
  INDEX caller_idx (caller)
) ENGINE=InnoDB;

DELIMITER //

-- The module writes a timeout only with the ACK. Without one, a node that takes over before it would drop the call.
-- 43200: default_timeout of kamailio.cfg, or the call would have another one after the takeover.
CREATE OR REPLACE TRIGGER dialog_begins BEFORE INSERT ON dialog FOR EACH ROW
  SET NEW.timeout = GREATEST(NEW.timeout, NEW.start_time + 43200) //

CREATE OR REPLACE TRIGGER call_begins AFTER INSERT ON dialog FOR EACH ROW
  INSERT INTO accounting (call_id, from_tag, to_tag, caller, called)
    VALUES (NEW.callid, NEW.from_tag, NEW.to_tag, NEW.from_uri, NEW.to_uri)
    ON DUPLICATE KEY UPDATE call_id = NEW.callid //

CREATE OR REPLACE TRIGGER call_ends AFTER DELETE ON dialog FOR EACH ROW
  UPDATE accounting SET ended = UTC_TIMESTAMP(3)
    WHERE call_id = OLD.callid AND from_tag = OLD.from_tag AND to_tag = OLD.to_tag //

-- USER() is who is connected, so the host is the node that a change came from. A row of a backup says itself who it was.
CREATE OR REPLACE TRIGGER accounting_begins BEFORE INSERT ON accounting FOR EACH ROW
BEGIN
  DECLARE self VARCHAR(63);
  SET self = SUBSTRING_INDEX(USER(), '@', -1);
  SET self = COALESCE((SELECT name FROM node WHERE address = self), self);
  SET NEW.started = COALESCE(NEW.started, UTC_TIMESTAMP(3)), NEW.started_by = COALESCE(NEW.started_by, self);
  IF NEW.ended IS NOT NULL THEN
    SET NEW.ended_by = COALESCE(NEW.ended_by, self), NEW.ended_how = COALESCE(NEW.ended_how, 'bye');
  END IF;
END //

-- The earliest end counts: a BYE that is repeated to the next node changes nothing, one that the database was told of
-- later does.
CREATE OR REPLACE TRIGGER accounting_ends BEFORE UPDATE ON accounting FOR EACH ROW
BEGIN
  DECLARE self VARCHAR(63);
  IF OLD.ended <= COALESCE(NEW.ended, OLD.ended) THEN
    SET NEW.ended = OLD.ended, NEW.ended_how = OLD.ended_how;
  ELSEIF NEW.ended IS NOT NULL THEN
    SET self = SUBSTRING_INDEX(USER(), '@', -1);
    SET NEW.ended_by = COALESCE((SELECT name FROM node WHERE address = self), self);
    SET NEW.ended_how = COALESCE(NEW.ended_how, 'bye');
  END IF;
END //

DELIMITER ;

INSERT INTO version (table_name, table_version)
  VALUES ('version', 1), ('location', 9), ('subscriber', 7), ('dialog', 7), ('dialog_vars', 1)
  ON DUPLICATE KEY UPDATE table_version = VALUES(table_version);

-- The contact that the watcher of a node looks up through its proxy, and answers for itself: one that never expires.
INSERT INTO location (ruid, username, contact, expires, callid, user_agent)
  VALUES ('sip-ha-watcher', 'sip-ha-watcher', 'sip:sip-ha-watcher@127.0.0.1:7723', '2037-12-31 00:00:00', 'sip-ha-watcher', 'sip-ha-watcher')
  ON DUPLICATE KEY UPDATE contact = VALUES(contact), expires = VALUES(expires);
