import Releases
import Signing
import StrictJSON
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

/// A request comes from anybody: whatever was done to the file on its way, nobody signs or publishes something else
/// than what the bytes to be signed say.
@Suite("Requests that were tampered with")
struct HostileRequestTests {
  private let apart: Apart
  private let json: JSON.Object

  init() throws {
    apart = try Apart(threshold: 1)
    let request = try apart.promotion().signed(by: apart.people[0]).request
    json = try #require(try JSON.parse(request.encoded()).objectValue)
  }

  private func request(_ edit: (inout JSON.Object) -> Void) throws -> SigningRequest {
    var object = json
    edit(&object)
    return try SigningRequest(json: JSON.object(object).serialized())
  }

  /// Changes the first part of a request.
  private func part(_ edit: (inout JSON.Object) -> Void) throws -> SigningRequest {
    try request { object in
      var part = object["parts"]?.arrayValue?.first?.objectValue ?? [:]
      edit(&part)
      object["parts"] = [.object(part)]
    }
  }

  /// Changes what is to be signed.
  private func signed(_ edit: (inout JSON.Object) -> Void) throws -> SigningRequest {
    try part { part in
      var signed = part["signed"]?.objectValue ?? [:]
      edit(&signed)
      part["signed"] = .object(signed)
    }
  }

  @Test func `untouched it is good`() throws {
    #expect(try SigningReview(request { _ in }).isComplete)
  }

  @Test func `what was changed after it was signed is signed by nobody`() throws {
    let later = try signed { $0["expires"] = "2030-01-01T00:00:00Z" }
    let review = try SigningReview(later)
    #expect(!review.isComplete && review.roles[0].payload.expires.description == "2030-01-01T00:00:00Z")
    #expect(review.digest != (try SigningReview(request { _ in })).digest)
    let error = #expect(throws: PublishingError.self) { try apart.desk.publisher().publish(later) }
    guard case .signaturesMissing? = error else { throw try #require(error) }
  }

  @Test func `another version, role or path is refused before anybody is asked`() throws {
    for edit in [
      { $0["version"] = 9 }, { $0["version"] = -1 }, { $0["_type"] = "root" }, { $0["expires"] = "never" },
      { $0["targets"] = ["../../evil": ["length": 1, "hashes": ["sha256": .string(SHA256Digest.of([]).hex)]]] },
      { $0["targets"] = ["plugins/a/b/stable.json": ["length": 1, "hashes": ["sha256": "00"]]] },
      { $0["delegations"] = ["keys": [:], "succinct_roles": [:]] },
    ] as [(inout JSON.Object) -> Void] {
      #expect(throws: PublishingError.self) { try SigningReview(signed(edit)) }
    }
    #expect(throws: PublishingError.self) { try SigningReview(part { $0["role"] = "timestamp" }) }
    #expect(throws: PublishingError.self) { try SigningReview(part { $0["role"] = "canary" }) }
    #expect(throws: PublishingError.self) { try SigningReview(part { $0["role"] = "" }) }
  }

  @Test func `manifests that are not those that would be signed are not shown`() throws {
    let manifests = json["manifests"]?.arrayValue?.compactMap(\.stringValue) ?? []
    for text in [manifests[0].replacing("1.0.0", with: "9.9.9"), manifests[0] + " ", ""] {
      #expect(throws: PublishingError.self) { try SigningReview(request { $0["manifests"] = [.string(text)] }) }
    }
    #expect(throws: PublishingError.self) { try SigningReview(request { $0["manifests"] = [] }) }
  }

  @Test func `a bundle manifest that no build key signed cannot hide permissions`() throws {
    let bundle = try #require(json["bundles"]?.arrayValue?.first?.objectValue)
    let manifest = try #require(bundle["manifest"]?.stringValue)
    var forged = bundle
    forged["manifest"] = .string(manifest.replacing("\"pids\"", with: "\"pidz\""))
    #expect(throws: PublishingError.self) { try SigningReview(request { $0["bundles"] = [.object(forged)] }) }
    #expect(throws: PublishingError.self) { try SigningReview(request { $0["bundles"] = [] }) }
    let stranger = Signer(try SecretKey.generate())
    forged = bundle
    forged["signature"] = .string(
      try stranger.minisign(Array(manifest.utf8), trustedComment: "io.github.acme/time 1.0.0 any").text)
    #expect(throws: PublishingError.self) { try SigningReview(request { $0["bundles"] = [.object(forged)] }) }
  }

  @Test func `metadata that do not prove themselves are no ground to compare with`() throws {
    let metadata = try #require(json["metadata"]?.objectValue)
    for name in metadata.keys {
      var without = metadata
      without.remove(name)
      #expect(throws: PublishingError.self, "\(name)") {
        try SigningReview(request { $0["metadata"] = .object(without) })
      }
      var changed = metadata
      let text = metadata[name]?.stringValue ?? ""
      changed[name] = .string(text.replacing("2027", with: "2028").replacing("2026", with: "2027"))
      #expect(throws: PublishingError.self, "\(name)") {
        try SigningReview(request { $0["metadata"] = .object(changed) })
      }
    }
  }

  @Test func `the labels of keys decide nothing`() throws {
    let thief = Signer(try SecretKey.generate())
    let labelled = try request { $0["keys"] = ["anna": .string(thief.publicKey.base64)] }
    let need = try #require(try SigningReview(labelled).roles.first?.needs.first)
    #expect(need.signed.map(\.claimed) == [nil] && need.signed[0].bytes == apart.people[0].publicKey.bytes)
    _ = try apart.desk.publisher().publish(labelled)
    #expect(
      try apart.desk.publisher().roles().allSatisfy { role in
        role.keys.allSatisfy { $0.id != MetadataKey(thief.publicKey).keyID }
      })
    #expect(try apart.desk.workspace().publicKey(named: "anna").bytes == apart.people[0].publicKey.bytes)
  }

  @Test func `a request for another repository is refused`() throws {
    let other = try Desk.ready()
    let error = #expect(throws: PublishingError.self) { try other.publisher().publish(request { _ in }) }
    guard case .foreignRequest? = error else { throw try #require(error) }
  }

  @Test func `two requests that differ are not merged`() throws {
    let other = try signed { $0["expires"] = "2030-01-01T00:00:00Z" }
    let error = #expect(throws: PublishingError.self) { try request { _ in }.merging(other) }
    guard case .otherRequest? = error else { throw try #require(error) }
  }

  @Test func `files of another shape are refused in one sentence`() throws {
    let signature: JSON = ["keyid": "a", "sig": "b"]
    let edits: [(inout JSON.Object) -> Void] = [
      { $0["format"] = 2 }, { $0["format"] = "1" }, { $0["kind"] = "other" }, { $0["extra"] = 1 },
      { $0["parts"] = [] }, { $0["parts"] = [1] }, { $0["parts"] = .array((json["parts"]?.arrayValue ?? []) * 2) },
      { $0["metadata"] = [] }, { $0["metadata"] = ["1.root.json": 1] }, { $0["manifests"] = [1] },
      { $0["bundles"] = [["manifest": "x"]] }, { $0["keys"] = ["../x": "RW"] }, { $0["keys"] = ["a": "RW"] },
      { $0["policies"] = ["stable": "signers: ["] }, { $0["policies"] = ["../x": "signers: [a]"] },
      { $0.remove("parts") }, { $0.remove("keys") },
      {
        $0["parts"] = [
          ["role": "stable", "signed": [:], "signatures": .array([JSON](repeating: signature, count: 300))]
        ]
      },
      { $0["parts"] = [["role": "stable", "signed": [:], "signatures": [["keyid": 1, "sig": "b"]]]] },
    ]
    for (number, edit) in edits.enumerated() {
      let error = #expect(throws: PublishingError.self, "edit \(number)") { try request(edit) }
      guard case .badRequest? = error else { throw try #require(error) }
      #expect(error?.help != nil && error?.description.contains("\n") == false)
    }
    for text in ["", "{", "[]", "null", #"{"kind": 1}"#, #"{"kind": "serin.signing-request", "kind": "x"}"#] {
      #expect(throws: PublishingError.self, "\(text)") { try SigningRequest(json: Array(text.utf8)) }
    }
  }

  @Test func `any changed bit is refused, or changes no signed byte`() throws {
    let good = JSON.object(json).serialized()
    let digest = try SigningReview(SigningRequest(json: good)).digest
    var random = SplitMix64(seed: 3)
    var refused = 0
    for _ in 0..<200 {
      var bytes = good
      let place = Int(random.next() % UInt64(bytes.count))
      bytes[place] ^= UInt8(1 << (random.next() % 8))
      guard let request = try? SigningRequest(json: bytes), let review = try? SigningReview(request) else {
        refused += 1
        continue
      }
      #expect(review.digest == digest || !review.isComplete, "byte \(place)")
    }
    #expect(refused > 150, "\(refused) of 200")
  }
}

extension Array {
  /// The array, so many times.
  fileprivate static func * (array: [Element], count: Int) -> [Element] {
    (0..<count).flatMap { _ in array }
  }
}
