import Hummingbird
import HummingbirdTesting
import Platform
import ReleaseServer
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@Suite struct RegistryTests {
  let repository: ServedRepository

  init() throws { repository = try ServedRepository() }

  @Test func `the current manifest is served byte for byte as signed`() async throws {
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: "/v1/plugins/io.github.acme/time/stable", method: .get)
      #expect(response.status == .ok)
      #expect(try response.json["version"]?.stringValue == "2026.10.10")
      let digest = SHA256Digest.of(response.bytes)
      #expect(response.headers[.eTag] == "\"\(digest.hex)\"")
      #expect(response.headers[.cacheControl] == "no-cache")
      let again = try await client.execute(
        uri: "/v1/plugins/io.github.acme/time/stable", method: .get, headers: [.ifNoneMatch: "\"\(digest.hex)\""])
      #expect(again.status == .notModified)
    }
  }

  @Test func `a publication under a running server is seen at once`() async throws {
    try await repository.application().test(.router) { client async throws in
      let uri = "/v1/plugins/io.github.acme/time/stable"
      _ = try await client.execute(uri: uri, method: .get)
      try repository.publish(version: "2026.10.19", sequence: 2, metadataVersion: 2)
      #expect(try await client.execute(uri: uri, method: .get).json["version"]?.stringValue == "2026.10.19")
      let health = try await client.execute(uri: "/health", method: .get).json
      #expect(health["timestamp"]?["version"]?.intValue == 2)
    }
  }

  @Test func `the list names every plugin and what its channels offer`() async throws {
    try await repository.application().test(.router) { client async throws in
      let list = try await client.execute(uri: "/v1/plugins", method: .get).json
      #expect(list["schema"]?.stringValue == "serin.plugins.1")
      let plugin = try #require(list["plugins"]?.arrayValue?.first)
      #expect(plugin["plugin"]?.stringValue == "io.github.acme/time")
      let stable = try #require(plugin["channels"]?["stable"])
      #expect(stable["version"]?.stringValue == "2026.10.10")
      #expect(stable["sequence"]?.intValue == 1)
      #expect(stable["rolloutPercent"]?.intValue == 25)
      #expect(stable["security"]?.boolValue == true)
      #expect(stable["platforms"] == ["linux-x86_64"])
      #expect(stable["yanked"] == ["2026.9.1"])
    }
  }

  @Test(arguments: [
    "/v1/plugins/io.github.acme/time/canary", "/v1/plugins/io.github.acme/none/stable", "/v1/plugins/io.github.acme",
    "/v1/plugins/io.github.acme/time", "/v1/plugins/io.github.acme/time/stable/more", "/v1", "/v1/none",
  ])
  func `what is not published is not found`(uri: String) async throws {
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: uri, method: .get)
      #expect(response.status == .notFound)
      #expect(try response.json["error"]?["code"]?.stringValue == "not-found")
    }
  }

  @Test func `a manifest whose bytes were changed is not served`() async throws {
    let files = LocalFileSystem()
    let folder = repository.scratch / "targets/plugins/io.github.acme/time"
    let name = try #require(try files.list(folder).first?.name)
    try repository.write(Array("{\"format\": 1}".utf8), to: "targets/plugins/io.github.acme/time/\(name)")
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: "/v1/plugins/io.github.acme/time/stable", method: .get)
      #expect(response.status == .serviceUnavailable)
      #expect(!response.text.contains(repository.scratch.path.string))
    }
  }

  @Test func `a target outside of its role's paths is not listed`() async throws {
    let digest = SHA256Digest.of(Array("{}".utf8)).hex
    let target: JSON = ["length": 2, "hashes": ["sha256": .string(digest)]]
    let role: JSON = [
      "signatures": [],
      "signed": [
        "version": 1, "expires": "2026-12-01T00:00:00Z", "targets": ["plugins/evil/plugin/canary.json": target],
      ],
    ]
    try repository.write(role.serialized(pretty: false), to: "metadata/1.stable.json")
    try await repository.application().test(.router) { client async throws in
      #expect(try await client.execute(uri: "/v1/plugins", method: .get).json["plugins"] == [])
      #expect(try await client.execute(uri: "/v1/plugins/evil/plugin/canary", method: .get).status == .notFound)
    }
  }

  @Test func `health turns bad when a role expires`() async throws {
    try await repository.application().test(.router) { client async throws in
      let good = try await client.execute(uri: "/health", method: .get)
      #expect(good.status == .ok)
      #expect(try good.json["ok"]?.boolValue == true)
      #expect(try good.json["timestamp"]?["expires"]?.stringValue == "2026-11-24T05:00:00Z")
      #expect(try good.json["roles"]?.arrayValue?.count == 6)
      repository.clock.advance(by: .seconds(86_400))
      let bad = try await client.execute(uri: "/health", method: .get)
      #expect(bad.status == .serviceUnavailable)
      #expect(try bad.json["ok"]?.boolValue == false)
      #expect(try bad.json["expired"]?.arrayValue?.contains("timestamp") == true)
    }
  }

  @Test func `a damaged repository is reported without naming its place`() async throws {
    try repository.write(Array("{".utf8), to: "metadata/timestamp.json")
    try await repository.application().test(.router) { client async throws in
      for uri in ["/health", "/v1/plugins", "/"] {
        let response = try await client.execute(uri: uri, method: .get)
        #expect(response.status == .serviceUnavailable)
        #expect(!response.text.contains(repository.scratch.path.string))
      }
      #expect(try await client.execute(uri: "/metadata/1.root.json", method: .get).status == .ok)
    }
  }

  @Test func `a role that names another file's place is refused`() async throws {
    let snapshot: JSON = [
      "signatures": [],
      "signed": [
        "version": 1, "expires": "2026-12-01T00:00:00Z",
        "meta": ["targets.json": ["version": 1], "../../secret.json": ["version": 1]],
      ],
    ]
    try repository.write(snapshot.serialized(pretty: false), to: "metadata/1.snapshot.json")
    let targets: JSON = [
      "signatures": [],
      "signed": [
        "version": 1, "expires": "2026-12-01T00:00:00Z", "targets": [:],
        "delegations": ["keys": [:], "roles": [["name": "../../secret", "paths": ["plugins/*/*/*"]]]],
      ],
    ]
    try repository.write(targets.serialized(pretty: false), to: "metadata/1.targets.json")
    let index = StaticRepositoryIndex(root: repository.scratch.path, files: LocalFileSystem())
    #expect(try await index.roles().map(\.name) == ["root", "timestamp", "snapshot", "targets"])
  }
}
