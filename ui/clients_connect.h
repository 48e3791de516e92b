// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace gatehouse::ui {

/// What a person copies into a client to connect it: the lines for Claude Desktop, and the address
/// for every other client.
class ConnectPanel final : public QWidget {
    Q_OBJECT

public:
    explicit ConnectPanel(QWidget *parent = nullptr);
    void setPort(quint16 port);
    /// In pixels: narrower, the lines would be cut.
    [[nodiscard]] int leastWidth() const;

private:
    [[nodiscard]] QPushButton *makeCopyButton(const QString &name, const QString &what);
    void copy(QPushButton *button, const QString &text);
    void fitSnippet();

    QPlainTextEdit *m_snippet;
    QLineEdit *m_address;
    QPushButton *m_copySnippet;
};

/// The lines that Claude Desktop's configuration needs. It reaches local servers through
/// mcp-remote.
[[nodiscard]] QString claudeDesktopSnippet(quint16 port);

} // namespace gatehouse::ui
