using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Reading from a connection of the seam, for scripted peers.</summary>
internal static class ConnectionBytes
{
    /// <exception cref="EndOfStreamException">The other side has ended first.</exception>
    public static async Task<byte[]> ReadExactlyAsync(this IConnection connection, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;) at += await connection.ReceiveAsync(bytes.AsMemory(at)).ConfigureAwait(false) is > 0 and var got ? got : throw new EndOfStreamException();
        return bytes;
    }
}
