import MCP
import Testing

@Suite struct HiddenTextTests {
  @Test func `hidden characters are written out, and text in any language stays`() {
    #expect(HiddenText.revealed("a\u{202E}b\u{200B}c") == "a\\u{202E}b\\u{200B}c")
    #expect(HiddenText.revealed("x\u{E0041}\u{E007F}") == "x\\u{E0041}\\u{E007F}")
    #expect(HiddenText.revealed("esc \u{1B}[31m") == "esc \\u{1B}[31m")
    for plain in ["", "Adds one.\n\tTwice.", "Größe 寸法 حجم 크기", "naïve café ✔️"] {
      #expect(HiddenText.revealed(plain) == plain)
      #expect(HiddenText.words(plain) == nil)
    }
  }

  @Test func `what is hidden is called by its name, and tags are read aloud`() {
    let tags = String(String.UnicodeScalarView("obey".unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xE0000) }))
    #expect(HiddenText.words("Adds one." + tags) == "4 tag characters that read “obey”")
    #expect(
      HiddenText.words("\u{202E}\u{2066}x\u{200B}\u{FE01}\u{3164}\u{7}")
        == "2 direction characters, 2 zero-width characters, 1 variation selectors, 1 control characters")
    #expect(HiddenText.words("\u{E000}") == "1 invisible characters")
  }
}
