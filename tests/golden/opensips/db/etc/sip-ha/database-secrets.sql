-- managed by Pulumi: values from the stack file
SET @proxy_password = 'golden-database-password';
SET @probe_password = 'golden-probe-password';
