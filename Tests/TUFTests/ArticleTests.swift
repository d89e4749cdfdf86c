import Foundation
import TUF
import Testing

/// What the documentation shows must be what is compiled.
@Suite("The documentation")
struct ArticleTests {
  /// The worked example of `Example.md`, word for word.
  private func example(
    root: [UInt8], store: MemoryStore, now: MetadataTime, path: String, metadataURL: String, targetsURL: String,
    get: (String, Int) async throws -> [UInt8]?
  ) async throws -> [UInt8]? {
    // example: Example.md
    var client = MetadataClient(trustedRoot: root, store: store)
    let fetch: MetadataClient.Fetch = { request in
      try await get(metadataURL + "/" + request.path, request.limit).map { .bytes($0) } ?? .absent
    }
    let trusted = try await client.refresh(at: now, fetch: fetch)
    guard let target = try await client.find(path, fetch: fetch) else { return nil }
    let address = targetsURL + "/" + target.urlPath(consistent: trusted.consistentSnapshot)
    guard let bytes = try await get(address, Int(target.length)) else { return nil }
    try target.check(bytes)
    return bytes
    // end
  }

  /// The worked example of `WritingARepository.md`, word for word.
  private func repository(
    at now: MetadataTime, _ bytes: [UInt8], write: (String, [UInt8]) throws -> Void
  ) throws {
    // example: WritingARepository.md
    let signer = Signer(try SecretKey.generate())
    let authority = try Authority(keys: [signer.key], threshold: 1)
    let plan = RepositoryPlan(root: authority, targets: authority, snapshot: authority, timestamp: authority)
    var writer = try RepositoryWriter(creating: plan, at: now)
    try writer.add(NewTarget(path: "plugins/acme/time.json", bytes: bytes))
    let publication = try writer.publish(signedBy: [signer])
    for file in publication.files { try write(file.path, file.bytes) }
    // end
  }

  @Test func `both examples work together`() async throws {
    let content = Array("content".utf8)
    let now = SimulatedRepository.now
    var web: [String: [UInt8]] = [:]
    try repository(at: now, content) { web["https://example.com/metadata/\($0)"] = $1 }
    web["https://example.com/targets/plugins/acme/\(SHA256Digest.of(content).hex).time.json"] = content
    let root = try #require(web["https://example.com/metadata/1.root.json"])
    for (path, expected) in [("plugins/acme/time.json", content), ("plugins/acme/other.json", nil)] {
      let found = try await example(
        root: root, store: MemoryStore(), now: now, path: path, metadataURL: "https://example.com/metadata",
        targetsURL: "https://example.com/targets"
      ) { [web] address, limit in
        let bytes = web[address]
        #expect((bytes?.count ?? 0) <= limit)
        return bytes
      }
      #expect(found == expected)
    }
  }

  @Test(arguments: ["Example.md", "WritingARepository.md"])
  func `an article shows the example that is compiled here`(article: String) throws {
    let lines = try Self.lines("Tests/TUFTests/ArticleTests.swift")
    let start = try #require(lines.firstIndex { $0.hasSuffix("// example: \(article)") })
    let end = try #require(lines[start...].firstIndex { $0.hasSuffix("// end") })
    let compiled = lines[(start + 1)..<end].map { $0.dropFirst(4) }
    let shown = try #require(Self.blocks(of: Self.lines("Sources/TUF/TUF.docc/\(article)")).first)
    #expect(shown.code.map { Substring($0) } == Array(compiled))
  }

  @Test func `the workflow's article shows the code as it is`() throws {
    let blocks = try Self.blocks(of: Self.lines("Sources/TUF/TUF.docc/ClientWorkflow.md"))
    #expect(blocks.count >= 9)
    for block in blocks {
      let path = try #require(block.path, "a block names no file: \(block.code)")
      let file = try Self.lines(path).map { $0.trimmingCharacters(in: .whitespaces) }
      let code = block.code.map { $0.trimmingCharacters(in: .whitespaces) }
      let isThere = file.indices.contains { file[$0...].starts(with: code) }
      #expect(isThere, "\(path) does not hold: \(block.code.first ?? "")")
    }
  }

  /// The lines of a file of this repository.
  private static func lines(_ path: String) throws -> [String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: path), encoding: .utf8).components(separatedBy: "\n")
  }

  /// The Swift code blocks of an article, each with the file that the line above names.
  private static func blocks(of lines: [String]) -> [(path: String?, code: [String])] {
    var found: [(path: String?, code: [String])] = []
    for (place, line) in lines.enumerated() where line == "```swift" {
      let path = place >= 2 ? lines[place - 2].firstMatch(of: /^In `([^`]+)`:$/).map { String($0.1) } : nil
      let rest = lines[(place + 1)...]
      found.append((path, Array(rest.prefix { $0 != "```" })))
    }
    return found
  }
}
