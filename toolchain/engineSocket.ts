/** The local socket of the Docker engine in use; the usual one where DOCKER_HOST names none. */
export function engineSocket(): string {
  const named = /^unix:\/\/(\/.+)$/.exec(process.env["DOCKER_HOST"] ?? "")?.[1];
  return named ?? "/var/run/docker.sock";
}
