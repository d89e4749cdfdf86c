import Releases
import Signing
import Testing

@testable import Storage
@testable import Updating

@Suite("Choosing how a release comes here")
struct FetchChoiceTests {
  private let old = SHA256Digest.of([1])
  private let bundleDigest = SHA256Digest.of([2])
  private let deltaDigest = SHA256Digest.of([3])

  private func bundle(length: Int64 = 1000, deltas: [(from: SHA256Digest, length: Int64)]) throws -> BundleOffer {
    try BundleOffer(
      platform: .current, path: "plugins/a.b/c/2/c.tar.zst", length: length, sha256: bundleDigest, tree: .of([9]),
      deltas: deltas.map { delta in
        try DeltaOffer(
          from: delta.from, version: ReleaseVersion("1.0"), path: "plugins/a.b/c/2/c.delta.tar.zst",
          length: delta.length, sha256: deltaDigest)
      })
  }

  private func choose(
    _ bundle: BundleOffer, here: [SHA256Digest] = [], partial: [SHA256Digest: Int64] = [:]
  ) -> FetchChoice {
    FetchChoice.cheapest(of: bundle, trees: here.map { TreeName($0) }) { partial[$0] ?? 0 }
  }

  @Test func `a delta from a tree that is here beats the bundle, with both sizes in the sentence`() throws {
    let choice = choose(try bundle(deltas: [(old, 100)]), here: [old])
    #expect(choice.word == "delta" && choice.bytes == 100 && choice.bundleBytes == 1000)
    #expect(choice.sentence == "fetching the delta from 1.0: 100 bytes instead of 1000 for the whole bundle")
  }

  @Test func `the smallest of several deltas wins`() throws {
    let other = SHA256Digest.of([4])
    let choice = choose(try bundle(deltas: [(old, 300), (other, 200)]), here: [old, other])
    guard case .delta(let delta, let base) = choice.way else { throw UpdatingError.notInstalled(plugin: "none") }
    #expect(delta.length == 200 && base.tree == other)
  }

  @Test func `without the tree that a delta starts from, the bundle is fetched`() throws {
    let choice = choose(try bundle(deltas: [(old, 100)]))
    #expect(choice.way == .bundle && choice.sentence == "fetching the whole bundle: 1000 bytes")
  }

  @Test func `an almost complete bundle beats a delta, and an equal one too`() throws {
    let offer = try bundle(deltas: [(old, 100)])
    let almost = choose(offer, here: [old], partial: [bundleDigest: 950])
    #expect(almost.way == .bundle && almost.bytes == 50)
    #expect(almost.sentence == "fetching the rest of the bundle: 50 bytes")
    #expect(choose(offer, here: [old], partial: [bundleDigest: 900]).way == .bundle)
    #expect(choose(offer, here: [old], partial: [bundleDigest: 899]).word == "delta")
  }

  @Test func `a begun delta counts what is left of it`() throws {
    let choice = choose(try bundle(deltas: [(old, 999)]), here: [old], partial: [deltaDigest: 900])
    #expect(choice.word == "delta" && choice.bytes == 99)
  }

  @Test(arguments: [1001, -1, Int64.max])
  func `a partial file of an impossible size counts as nothing`(size: Int64) throws {
    #expect(choose(try bundle(deltas: []), partial: [bundleDigest: size]).bytes == 1000)
  }
}
