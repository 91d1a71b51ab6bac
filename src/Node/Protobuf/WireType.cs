namespace CubeActors.Node;

/// <summary>How a field is encoded. Groups (3 and 4) are obsolete, and read as malformed. Source: protobuf.dev, encoding.</summary>
internal enum WireType : byte { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 }
