// swift-tools-version: 6.2
import PackageDescription

// libFuzzer against the metadata client; built and run by `script/fuzz`, which gives the compiler `-sanitize=fuzzer`
// for every module. Apart from the tests, because nothing else should be built that way.
let package = Package(
  name: "fuzz-metadata",
  dependencies: [
    .package(name: "serin", path: "../.."),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
  ],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "fuzz-metadata",
      dependencies: [
        "CFuzzer", .product(name: "TUF", package: "serin"), .product(name: "Crypto", package: "swift-crypto"),
      ]),
  ]
)
