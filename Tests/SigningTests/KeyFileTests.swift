import Signing
import Testing

@Suite("secret key files") struct KeyFileTests {
  /// The key line of an unencrypted file, changed by the test and put together again.
  private func changed(_ change: (inout [UInt8]) -> Void, encrypted: Bool = false) throws -> String {
    let key = try SecretKey.generate()
    let text: String
    if encrypted {
      text = try KeyFile.encrypt(key, passphrase: try secret("x"), cost: .light)
    } else {
      text = try KeyFile.encrypt(key, passphrase: nil)
    }
    let lines = text.split(separator: "\n").map(String.init)
    var blob = try #require(Base64.decode(lines[1]))
    change(&blob)
    return lines[0] + "\n" + Base64.encode(blob) + "\n"
  }

  @Test("a key survives its file", arguments: [nil, "", "pass", "pässphrase ☂"])
  func roundTrip(passphrase: String?) throws {
    let key = try SecretKey.generate()
    let text: String
    let read: SecretKey
    if let passphrase {
      text = try KeyFile.encrypt(key, passphrase: try secret(passphrase), cost: .light, comment: "release key")
      read = try KeyFile.decrypt(text, passphrase: try secret(passphrase))
    } else {
      text = try KeyFile.encrypt(key, passphrase: nil, comment: "release key")
      read = try KeyFile.decrypt(text, passphrase: nil)
    }
    #expect(text.hasPrefix("untrusted comment: release key\n"))
    #expect(try KeyFile.isEncrypted(text) == (passphrase != nil))
    let (one, other) = (try key.sign([1, 2, 3]), try read.sign([1, 2, 3]))
    #expect(one == other)
    let (ours, theirs) = (key.publicKey, read.publicKey)
    #expect(ours == theirs)
  }

  @Test func `an encrypted file shows nothing of the key and is different each time`() throws {
    let key = try SecretKey.generate()
    let plain = try KeyFile.encrypt(key, passphrase: nil)
    let one = try KeyFile.encrypt(key, passphrase: try secret("x"), cost: .light)
    let other = try KeyFile.encrypt(key, passphrase: try secret("x"), cost: .light)
    #expect(one != other)
    let hidden = try #require(Base64.decode(String(plain.split(separator: "\n")[1])))[54..<126]
    let shown = try #require(Base64.decode(String(one.split(separator: "\n")[1])))
    #expect(!shown.indices.contains { shown[$0...].starts(with: hidden.prefix(8)) })
  }

  @Test func `a wrong passphrase has its own error`() throws {
    let text = try KeyFile.encrypt(try SecretKey.generate(), passphrase: try secret("right"), cost: .light)
    #expect(throws: KeyError.wrongPassphrase) { _ = try KeyFile.decrypt(text, passphrase: try secret("wrong")) }
    #expect(throws: KeyError.wrongPassphrase) { _ = try KeyFile.decrypt(text, passphrase: try secret("")) }
    #expect(throws: KeyError.passphraseNeeded) { _ = try KeyFile.decrypt(text, passphrase: nil) }
  }

  @Test("absurd cost is refused before any work is done", arguments: [(38, 5), (46, 4)])
  func cost(offset: Int, byte: Int) throws {
    let text = try changed({ $0[offset + byte] = 1 }, encrypted: true)
    let operations = ScryptCost.light.operations + (offset == 38 ? 1 << 40 : 0)
    let memory = ScryptCost.light.memory + (offset == 46 ? 1 << 32 : 0)
    let expected = KeyError.costTooHigh(
      operations: operations, memory: memory, maxOperations: ScryptCost.sensitive.operations,
      maxMemory: ScryptCost.sensitive.memory)
    #expect(throws: expected) { _ = try KeyFile.decrypt(text, passphrase: try secret("x")) }
  }

  @Test func `absurd cost is not written either`() throws {
    let cost = ScryptCost(operations: ScryptCost.sensitive.operations + 1, memory: 1)
    #expect(throws: KeyError.self) {
      _ = try KeyFile.encrypt(try SecretKey.generate(), passphrase: nil, cost: cost)
    }
  }

  @Test func `damage of any part is found`() throws {
    #expect(throws: KeyError.unknownAlgorithm([0x58, 0x64])) {
      _ = try KeyFile.decrypt(try changed { $0[0] = 0x58 }, passphrase: nil)
    }
    #expect(throws: KeyError.unknownKeyDerivation([1, 0])) {
      _ = try KeyFile.decrypt(try changed { $0[2] = 1 }, passphrase: nil)
    }
    #expect(throws: KeyError.unknownChecksum([0x42, 0x33])) {
      _ = try KeyFile.decrypt(try changed { $0[5] = 0x33 }, passphrase: nil)
    }
    for place in [54, 70, 100, 126] {
      let text = try changed { $0[place] ^= 1 }
      #expect(throws: KeyError.damaged) { _ = try KeyFile.decrypt(text, passphrase: nil) }
    }
  }

  @Test func `a foreign public half is refused even where there is no checksum`() throws {
    let text = try changed { blob in
      blob[100] ^= 1
      for place in 126..<158 { blob[place] = 0 }
    }
    #expect(throws: KeyError.damaged) { _ = try KeyFile.decrypt(text, passphrase: nil) }
  }

  @Test func `each malformed text has its own error`() throws {
    let lines = try KeyFile.encrypt(try SecretKey.generate(), passphrase: nil).split(separator: "\n").map(String.init)
    let cases: [(String, KeyError)] = [
      ("", .wrongLineCount(offered: 0, needed: 2)),
      (lines[1], .wrongLineCount(offered: 1, needed: 2)),
      (lines.joined(separator: "\n") + "\nmore", .wrongLineCount(offered: 3, needed: 2)),
      ("comment\n" + lines[1], .missingComment),
      (lines[0] + "\n***", .notBase64),
      (lines[0] + "\n" + Base64.encode([1, 2, 3]), .wrongLength(what: "secret key file", offered: 3, needed: 158)),
      (String(repeating: "x", count: 5000), .tooLong(offered: 5000, limit: KeyFile.maxTextBytes)),
    ]
    for (text, expected) in cases {
      #expect(throws: expected) { _ = try KeyFile.decrypt(text, passphrase: nil) }
      #expect(throws: expected) { _ = try KeyFile.isEncrypted(text) }
    }
    #expect(throws: KeyError.badComment("a\nb")) {
      _ = try KeyFile.encrypt(try SecretKey.generate(), passphrase: nil, comment: "a\nb")
    }
  }

  @Test func `secret memory is lent, and its source is wiped`() throws {
    var bytes: [UInt8] = [1, 2, 3]
    let held = try SecretBytes(copying: &bytes)
    #expect(bytes.isEmpty)
    #expect(held.count == 3)
    let sum = held.withSpan { span in
      (0..<span.byteCount).reduce(0) { $0 + Int(unsafe span.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
    }
    #expect(sum == 6)
  }
}
