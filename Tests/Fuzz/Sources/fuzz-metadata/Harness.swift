import Foundation
import Signing
import StrictJSON
import TUF

/// What is done with one input.
///
/// Its first byte chooses a client and what it gets: the rest as a file, or the rest as the `signed` part of a file
/// that is signed with good keys, so that what comes after the signatures is reached too.
struct Harness: Sendable {
  static let shared = Result { try Harness() }

  private static let signedByUs: UInt8 = 0x80
  private let places: [Place]

  private init() throws {
    places = try Place.all()
  }

  func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    let choice = Int(first & ~Self.signedByUs) % (places.count + 1)
    guard choice < places.count else { return Invariants.check(json: bytes) }
    let place = places[choice]
    if first & Self.signedByUs == 0 {
      // Nobody can forge a signature here: what is believed was signed.
      guard (try? place.offer(bytes)) != nil else { return }
      guard meaning(of: bytes) == meaning(of: place.original) else { Invariants.breach("a forged \(place.name)") }
    } else if let file = signed(bytes, by: place.signers) {
      try? place.offer(file)
    }
  }

  /// The canonical form of what a file's signatures cover.
  private func meaning(of file: [UInt8]) -> [UInt8]? {
    (try? JSON.parse(file))?["signed"].flatMap { try? $0.canonicalBytes() }
  }

  /// A file with good signatures; nil where there is nothing to sign.
  private func signed(_ part: [UInt8], by signers: [FixedKey]) -> [UInt8]? {
    guard let value = try? JSON.parse(part), let payload = try? value.canonicalBytes() else { return nil }
    let signatures = signers.compactMap { signer in
      (try? signer.sign(metadata: payload)).map { signature in
        JSON.object(["keyid": .string(signer.key.keyID), "sig": .string(Hex.encode(signature))])
      }
    }
    let head = Array("{\"signatures\":".utf8) + JSON.array(signatures).serialized() + Array(",\"signed\":".utf8)
    return head + part + [UInt8(ascii: "}")]
  }

  /// Writes inputs to begin with: every good file, and everything that is signed.
  func writeCorpus(to folder: URL) throws {
    for (number, place) in places.enumerated() {
      let signed = try JSON.parse(place.original)["signed"] ?? nil
      try Data([UInt8(number)] + place.original).write(to: folder.appending(path: place.name + "-file"))
      try Data([UInt8(number) | Self.signedByUs] + signed.serialized()).write(
        to: folder.appending(path: place.name + "-signed"))
    }
    let text = #"{"a":[1,-0,1.5e+3,null,true,false,"\u00e9\ud83d\ude00\n\"\\"],"b":{"":{}},"c":99999999999999999999}"#
    try Data([UInt8(places.count)] + Array(text.utf8)).write(to: folder.appending(path: "json"))
  }
}
