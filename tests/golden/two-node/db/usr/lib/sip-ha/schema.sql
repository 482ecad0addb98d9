-- managed by Pulumi: change files/database/usr/lib/sip-ha/schema.sql
-- Location and accounts as usrloc and auth_db of Kamailio 5.6 expect them. May be applied any number of times.
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

INSERT INTO version (table_name, table_version) VALUES ('version', 1), ('location', 9), ('subscriber', 7)
  ON DUPLICATE KEY UPDATE table_version = VALUES(table_version);
