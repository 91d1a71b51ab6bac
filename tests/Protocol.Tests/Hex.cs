namespace CubeActors.Protocol.Tests;

/// <summary>Bytes from a hex text; blanks and line ends only group it.</summary>
internal static class Hex
{
    public static byte[] Bytes(string text) => Convert.FromHexString(string.Concat(text.Where(letter => !char.IsWhiteSpace(letter))));
}
