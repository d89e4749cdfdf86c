import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Servers with TLS` {
  let scratch: Scratch
  let transport = CurlTransport(files: LocalFileSystem())

  init() throws { scratch = try Scratch() }

  @Test func `are believed by CA and by pinned key, and by nothing less`() async throws {
    try scratch.write("secret", to: "served/a")
    let (certificate, pin) = try await makeCertificate()
    let (_, otherPin) = try await makeCertificate(named: "other")
    try await LoopbackServer.serving(scratch / "served", certificate: certificate) { server in
      let url = server.url("file/a")
      var request = TransferRequest(url: url, limit: 100)
      guard case .tls = await failure(transport, request) else {
        Issue.record("an unknown certificate was believed")
        return
      }
      request.caFile = certificate
      try await expect("secret", from: transport, request)
      request.pinnedKeys = [pin]
      try await expect("secret", from: transport, request)
      request.pinnedKeys = [otherPin]
      #expect(await failure(transport, request) == .pinMismatch(url: url))
      request.pinnedKeys = [otherPin, pin]
      try await expect("secret", from: transport, request)
      // A pin does not replace the CA.
      request.caFile = nil
      guard case .tls = await failure(transport, request) else {
        Issue.record("a pin alone was enough")
        return
      }
    }
  }

  /// Makes a self-signed certificate for 127.0.0.1; the pin is the SHA-256 of its public key (RFC 7469 section 2.4).
  private func makeCertificate(named name: String = "server") async throws -> (FilePath, String) {
    let (key, certificate, both) = (scratch / "\(name).key", scratch / "\(name).crt", scratch / "\(name).pem")
    try await openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key.string,
      "-out", certificate.string, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    let files = LocalFileSystem()
    let pem = try files.readAll(certificate, limit: 10_000) + files.readAll(key, limit: 10_000)
    try files.write(pem, creating: both, mode: 0o600)
    let der = try await openssl("pkey", "-in", key.string, "-pubout", "-outform", "DER")
    let digest = try await openssl("dgst", "-sha256", "-binary", input: der)
    let base64 = try await openssl("base64", "-A", input: digest)
    return (both, "sha256//" + String(decoding: base64, as: UTF8.self))
  }

  @discardableResult
  private func openssl(_ arguments: String..., input: [UInt8] = []) async throws -> [UInt8] {
    let command = Command(executable: "openssl", arguments: arguments, environment: .inherit)
    let output = try await SubprocessRunner().run(
      command, input: input, outputLimit: 100_000, timeout: .seconds(60))
    try #require(output.status.isSuccess, "\(String(decoding: output.stderr, as: UTF8.self))")
    return output.stdout
  }
}
