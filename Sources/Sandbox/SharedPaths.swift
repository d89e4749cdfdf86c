/// The host's own files that plugins see, all of them read-only.
enum SharedPaths {
  /// Folders at the top, beside `/usr`, that older systems keep apart from it.
  static let topFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]

  /// Always there where the machine has them: what the dynamic linker and Debian's alternatives need.
  static let always = ["/etc/ld.so.cache", "/etc/alternatives"]

  /// What `@certs` opens: the machine's public certificates, never its private keys.
  static let certificates = [
    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates/extracted",
  ]

  /// What `@timezone` opens; the zones themselves lie under `/usr/share`.
  static let timeZone = ["/etc/localtime", "/etc/timezone"]

  /// What `@fonts` opens; the fonts themselves lie under `/usr/share`.
  static let fonts = ["/etc/fonts"]

  /// All that may or may not exist on a machine.
  static var optional: [String] { always + certificates + timeZone + fonts }
}
