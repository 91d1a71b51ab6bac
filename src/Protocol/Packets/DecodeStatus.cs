namespace CubeActors.Protocol;

/// <summary>What a decoder made of the bytes it was shown. Decoders never throw.</summary>
public enum DecodeStatus
{
    /// <summary>So far valid, but cut off: come again with these bytes and more.</summary>
    NeedMore,
    /// <summary>Decoded; the outputs are set.</summary>
    Complete,
    /// <summary>No further byte can heal it: end the connection.</summary>
    Malformed,
}
