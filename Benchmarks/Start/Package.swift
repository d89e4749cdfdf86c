// swift-tools-version: 6.2
import PackageDescription

// The smallest program with swift-argument-parser: what `serin --version` is compared with.
let package = Package(
  name: "bare",
  dependencies: [.package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2")],
  targets: [
    .executableTarget(
      name: "bare", dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")])
  ]
)
