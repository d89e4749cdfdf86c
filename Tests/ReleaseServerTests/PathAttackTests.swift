import Hummingbird
import HummingbirdTesting
import Platform
import ReleaseServer
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@Suite struct PathAttackTests {
  let repository: ServedRepository

  init() throws {
    repository = try ServedRepository()
    try repository.write(Array("secret".utf8), to: "secret.txt")
    try repository.write(Array("secret".utf8), to: "metadata/.hidden.json")
    try repository.write(Array("secret".utf8), to: "targets/.git/config")
  }

  static let escapes = [
    "/metadata/../secret.txt", "/metadata/%2e%2e/secret.txt", "/metadata/.%2E/secret.txt", "/metadata/..%2fsecret.txt",
    "/metadata/%2e%2e%2fsecret.txt", "/metadata/%252e%252e/secret.txt", "/metadata/..%5csecret.txt",
    "/metadata//timestamp.json", "/metadata/./timestamp.json", "/metadata/timestamp.json/", "/metadata/",
    "/metadata/timestamp.json%00", "/metadata/%00", "/metadata/timestamp.json%0a", "/metadata/.hidden.json",
    "/targets/.git/config", "/metadata/timestamp%2ejson%2f..%2f..%2fsecret.txt", "/metadata/%zz", "/metadata/%2",
    "/metadata/%ff%fe", "/metadata/%c0%ae%c0%ae/secret.txt", "/secret.txt", "/../secret.txt",
    "/targets/..%2f..%2fetc/passwd",
    "/metadata", "/targets/plugins", "//etc/passwd", "/metadata/\(String(repeating: "a", count: 300))",
    "/targets/\(String(repeating: "a/", count: 40))b", "/METADATA/timestamp.json",
  ]

  @Test(arguments: escapes, [true, false])
  func `no path leads out of the repository`(uri: String, isLive: Bool) async throws {
    try await repository.application().test(isLive ? .live : .router) { client async throws in
      let response = try await client.execute(uri: uri, method: .get)
      #expect(response.status == .notFound || response.status == .badRequest, "\(uri)")
      #expect(!response.text.contains("secret"), "\(uri)")
      #expect(try response.json["error"]?["code"]?.stringValue != nil)
    }
  }

  @Test func `encoded letters name the same file`() async throws {
    try await repository.application().test(.router) { client async throws in
      let response = try await client.execute(uri: "/metadata/time%73tamp.json?x=../..", method: .get)
      #expect(response.status == .ok)
    }
  }

  @Test(arguments: ["targets/link.bin", "targets/folder/link.bin"])
  func `a symbolic link is not followed`(name: String) async throws {
    let files = LocalFileSystem()
    let link = repository.scratch / name
    try files.makeDirectories(link.removingLastComponent())
    try files.symlink(to: (repository.scratch / "secret.txt"), at: link)
    try await repository.application().test(.router) { client async throws in
      #expect(try await client.execute(uri: "/" + name, method: .get).status == .notFound)
    }
  }

  @Test func `a linked folder is not entered`() async throws {
    try repository.write(Array("secret".utf8), to: "outside/file.bin")
    try LocalFileSystem().symlink(to: (repository.scratch / "outside"), at: repository.scratch / "targets/inside")
    try await repository.application().test(.router) { client async throws in
      #expect(try await client.execute(uri: "/targets/inside/file.bin", method: .get).status == .notFound)
    }
  }

  @Test func `a named pipe is not opened`() async throws {
    let command = Command(
      executable: "mkfifo", arguments: [(repository.scratch / "targets/pipe.bin").string], environment: .inherit)
    let made = try await SubprocessRunner().run(
      command, input: [], outputLimit: 4096, timeout: .seconds(10))
    try #require(made.status.isSuccess)
    try await repository.application().test(.router) { client async throws in
      #expect(try await client.execute(uri: "/targets/pipe.bin", method: .get).status == .notFound)
    }
  }

  @Test func `each refusal names its reason`() {
    func refusal(_ raw: String) -> RequestPathError? {
      do throws(RequestPathError) {
        _ = try RequestPath(raw: raw)
        return nil
      } catch { return error }
    }
    #expect(refusal("metadata") == .notAbsolute)
    #expect(refusal("/a//b") == .emptySegment)
    #expect(refusal("/a/%4") == .badEscape)
    #expect(refusal("/a%2fb") == .forbiddenByte)
    #expect(refusal("/a/../b") == .hiddenSegment)
    #expect(refusal("/a/%ff") == .notUTF8)
    #expect(refusal("/" + String(repeating: "a", count: 256)) == .segmentTooLong(limit: 255))
    #expect(refusal(String(repeating: "/a", count: 33)) == .tooDeep(limit: 32))
    #expect(refusal("/metadata/1.root.json") == nil)
  }
}
