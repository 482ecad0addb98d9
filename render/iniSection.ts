/**
 * One section of an INI file as GLib's key files (rtpengine) and Python's configparser (MediaProxy) both read it.
 *
 * @throws Error for a name or a value with anything but printable ASCII in one line, or that begins or ends with a space
 */
export function iniSection(name: string, values: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(values).map(([key, value]) => {
    if (!/^[a-z][a-z_-]*$/.test(key)) throw new Error(`a key must be lower case letters, - and _, got ${key}`);
    const text = String(value);
    // GLib reads escapes, configparser interpolates %, and both take ; and # after a space for a comment in places
    if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) || /[\\%;#]/.test(text)) {
      throw new Error(`${key} must be printable ASCII in one line without \\ % ; #, got another value`);
    }
    return `${key} = ${text}\n`;
  });
  return `[${name}]\n${lines.join("")}`;
}
