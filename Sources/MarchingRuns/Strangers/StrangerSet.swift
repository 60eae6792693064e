public import Datasets
internal import Evaluation
public import Torch

/// A set of images whose distances are compared with those of a run's own.
///
/// `uniform-noise`, `digits`, `rotated` and `inverted` are made here; everything else is a ``/Datasets/DataReference``.
public enum StrangerSet: Sendable, Hashable, CustomStringConvertible {
    /// Every byte of an image is drawn alike.
    case uniformNoise
    /// ``DrawnDigits``.
    case digits
    /// The images of the inside, turned by a quarter.
    case rotated
    /// The images of the inside, black for white.
    case inverted
    /// Known data, a folder, an archive or an .npz.
    case data(DataReference)

    /// Names of the sets that are made here.
    public static let made = ["uniform-noise", "digits", "rotated", "inverted"]

    /// Reads a name, or `NAME[:PART]` of data, their test part by default.
    ///
    /// - Throws: An error of the reference.
    public init(parsing text: String) throws {
        switch text {
        case "uniform-noise": self = .uniformNoise
        case "digits": self = .digits
        case "rotated": self = .rotated
        case "inverted": self = .inverted
        default: self = .data(try DataReference(parsing: text, default: .test))
        }
    }

    /// The name, as it is read.
    public var description: String {
        switch self {
        case .uniformNoise: Self.made[0]
        case .digits: Self.made[1]
        case .rotated: Self.made[2]
        case .inverted: Self.made[3]
        case .data(let reference): reference.description
        }
    }

    /// At most `count` images [N, C, H, W], uint8.
    ///
    /// - Parameters:
    ///   - count: Number of images.
    ///   - shape: [C, H, W]; other images are resized, and made gray or RGB. Height and width are equal.
    ///   - inside: Images of the inside, of which some sets are made; nil where the inside itself is asked for.
    ///   - seed: Origin of noise and digits.
    /// - Throws: ``MarchingError`` if there are none, or if a set is made of the inside and there is none; errors of the files.
    public func images(_ count: Int, shape: [Int], inside: Tensor?, seed: Seed) throws -> Tensor {
        let found = try made(count, shape, inside, seed)
        guard found.shape[0] > 0 else { throw MarchingError("\(self) holds no images.") }
        guard Array(found.shape.dropFirst()) == shape else {
            throw MarchingError(
                "\(self) holds images of the shape \(found.shape.dropFirst()), and those of the run have \(shape).")
        }
        return found
    }

    private func made(_ count: Int, _ shape: [Int], _ inside: Tensor?, _ seed: Seed) throws -> Tensor {
        switch self {
        case .uniformNoise:
            return Tensor.randint(0..<256, [count] + shape, using: RandomSource(seed.child("uniform"))).to(.uint8)
        case .digits:
            let gray = DrawnDigits.images(count, size: shape[1], seed: seed)
            return gray.expand([count] + shape).contiguous()
        case .rotated: return try own(inside, count).transpose(2, 3).flip(3).contiguous()
        case .inverted: return try (255 - own(inside, count).to(.int32)).to(.uint8)
        case .data(let reference):
            return try ImageSet(
                reference, count: count, choosing: .spread, .init(size: shape[1], channels: shape[0])
            ).pixels
        }
    }

    private func own(_ inside: Tensor?, _ count: Int) throws -> Tensor {
        guard let inside else {
            throw MarchingError(
                "\(self) is made of the images inside, so it can only be the outside: name data for the inside.")
        }
        return inside.slice(0, 0, min(count, inside.shape[0]))
    }
}
