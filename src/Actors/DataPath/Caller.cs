namespace CubeActors.Actors;

/// <summary>The other side of a connection, as the log names it.</summary>
/// <param name="Remote"><c>ip:port</c>; of a smux stream with its number behind it.</param>
/// <param name="Connection">Number of the connection since the start of the node, the same in all that is told of it; 0 for one without.</param>
public readonly record struct Caller(string Remote, long Connection)
{
    public static implicit operator Caller(string remote) => new(remote, 0);

    public override string ToString() => Connection == 0 ? Remote : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Remote} (connection {Connection})");
}
