using System.Text;

namespace CubeActors.Node;

/// <summary>Reads files that only the node's user is to read.</summary>
internal static class SecretFile
{
    /// <param name="key">That names the file, for messages.</param>
    /// <exception cref="SettingsException">It cannot be read, is longer than it may be, or may be read by everybody.</exception>
    public static string Read(string key, string file, int bytesMax)
    {
        try
        {
            // Of what a link leads to, as secrets are mounted in containers.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Target(file)) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
                throw new SettingsException($"{key}: {file} may be read or written by every user of the machine; chmod 600 it (of a mounted secret: defaultMode 0400)");
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[bytesMax + 1];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read <= bytesMax ? Encoding.UTF8.GetString(bytes, 0, read) : throw new SettingsException($"{key}: {file} has more than {bytesMax} bytes; it is no such file");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{key}: {file} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Where a path leads.</summary>
    /// <exception cref="IOException">Nowhere.</exception>
    public static string Target(string file) => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
}
