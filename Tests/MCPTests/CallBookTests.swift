import Releases
import Testing

@testable import MCP

@Suite struct `The book of a session's calls` {
  private func call(_ id: String?, _ method: String = "tools/call", name: String? = "get") -> MessageFacts {
    var facts = MessageFacts()
    (facts.id, facts.method, facts.name, facts.bytes) = (id, method, name, 100)
    return facts
  }

  private func answer(_ id: String, error: Bool = false, toolError: Bool = false, asks: Bool = false) -> MessageFacts {
    var facts = MessageFacts()
    (facts.id, facts.hasResult, facts.hasError, facts.bytes) = (id, !error, error, 200)
    (facts.isToolError, facts.wantsInput) = (toolError, asks)
    return facts
  }

  @Test func `says what became of each call`() {
    var book = CallBook()
    for (id, _) in Self.outcomes { #expect(book.ask(call(id), at: .seconds(1)).isEmpty) }
    for (id, outcome) in Self.outcomes {
      let facts = answer(id, error: outcome == .error, toolError: outcome == .toolError, asks: outcome == .asked)
      let entry = book.answer(facts, bySerin: outcome == .refused, at: .seconds(3))
      #expect(entry?.outcome == outcome)
      #expect(entry?.name == "get" && entry?.bytesIn == 100 && entry?.bytesOut == 200)
      #expect(entry?.duration == .seconds(2))
    }
    #expect(book.calls == 5 && book.failures == 1)
    #expect(book.finish(at: .seconds(4)).isEmpty)
  }

  static let outcomes: [(String, CallOutcome)] = [
    ("1", .ok), ("2", .error), ("3", .toolError), ("4", .refused), ("5", .asked),
  ]

  @Test func `follows only what is recorded, and knows when the session is ready`() {
    var book = CallBook()
    #expect(book.ask(call("0", "initialize", name: nil), at: .zero).isEmpty)
    #expect(book.askedToInitialize && !book.isInitialized)
    #expect(book.method(of: answer("0")) == "initialize" && book.method(of: answer("1")) == nil)
    #expect(book.answer(answer("0"), at: .zero) == nil)
    #expect(book.isInitialized && book.calls == 0)
    #expect(book.answer(answer("0"), at: .zero) == nil)
    _ = book.ask(call("1", "initialize"), at: .zero)
  }

  @Test func `an initialize that is answered with an error is none`() {
    var book = CallBook()
    _ = book.ask(call("0", "initialize"), at: .zero)
    _ = book.answer(answer("0", error: true), at: .zero)
    #expect(book.askedToInitialize && !book.isInitialized)
  }

  @Test func `gives up what nobody answers`() {
    var book = CallBook()
    _ = book.ask(call("1", name: "first"), at: .zero)
    // The same identifier again: no answer can be told to be the first one's.
    #expect(book.ask(call("1", name: "second"), at: .seconds(1)).map(\.name) == ["first"])
    // A call that wants no answer.
    #expect(book.ask(call(nil), at: .zero).map(\.outcome) == [.noAnswer])
    let rest = book.finish(at: .seconds(5))
    #expect(rest.map(\.name) == ["second"] && rest.map(\.outcome) == [.noAnswer])
    #expect(book.calls == 3 && book.failures == 3)
  }

  @Test func `is bounded`() {
    var book = CallBook()
    var given = 0
    for index in 0..<(CallBook.most + 10) { given += book.ask(call("\(index)"), at: .zero).count }
    #expect(given == 10)
    #expect(book.method(of: answer("0")) == nil && book.method(of: answer("10")) != nil)
    #expect(book.finish(at: .zero).count == CallBook.most)
  }
}
