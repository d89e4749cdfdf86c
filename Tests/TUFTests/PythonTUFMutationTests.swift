import Signing
import StrictJSON
import TUF
import TestSupport
import Testing

/// The reference implementation on the mutations that we believe.
@Suite("python-tuf on mutations", .timeLimit(.minutes(5)))
struct PythonTUFMutationTests {
  @Test func `what we believe, python-tuf believes, unless a signature that nobody counts has no text`() async throws {
    let python = try await PythonTUF()
    let scratch = try Scratch()
    let clients = try WaitingClient.all(digests: false)
    for client in clients {
      for (path, bytes) in client.files { try scratch.write(bytes, to: path) }
    }
    var random = SplitMix64(seed: 2_026)
    var believed: [(path: String, bytes: [UInt8])] = []
    for number in 0..<20_000 {
      let client = clients[number % clients.count]
      let bytes = client.mutator.mutation(using: &random)
      if (try? client.offer(bytes)) != nil { believed.append((client.path, bytes)) }
    }
    let lines = believed.map { $0.path + " " + Hex.encode($0.bytes) }.joined(separator: "\n")
    try scratch.write(lines, to: "mutations")
    let answer = try JSON.parse(await python.judge(scratch.path))
    #expect(answer["judged"]?.intValue == believed.count)
    #expect(believed.count > 500)
    for refusal in answer["refused"]?.arrayValue ?? [] {
      let number = try #require(refusal["line"]?.intValue)
      let signatures = try JSON.parse(believed[number].bytes)["signatures"]?.arrayValue ?? []
      // Ours ignores such an entry beside good ones, as it does one with a wrong text; theirs refuses the file.
      #expect(
        signatures.contains { $0["sig"]?.stringValue == nil },
        "\(refusal): \(String(decoding: believed[number].bytes, as: UTF8.self))")
    }
  }
}
