// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_connect.h>

#include <ui/look_widgets.h>

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kCopiedShown = 2s;

} // namespace

QString claudeDesktopSnippet(quint16 port)
{
    return uR"({
  "mcpServers": {
    "gatehouse": {
      "command": "npx",
      "args": ["-y", "mcp-remote", "http://localhost:%1/sse"]
    }
  }
})"_s.arg(port);
}

ConnectPanel::ConnectPanel(QWidget *parent)
    : QWidget(parent), m_snippet(new QPlainTextEdit), m_address(new QLineEdit),
      m_copySnippet(makeCopyButton(u"copySnippet"_s, tr("Copy the lines")))
{
    m_snippet->setObjectName(u"snippet"_s);
    m_snippet->setAccessibleName(tr("Lines for Claude Desktop's configuration"));
    m_snippet->setReadOnly(true);
    m_snippet->setFrameShape(QFrame::NoFrame);
    m_snippet->setFont(fixedFont(TextSize::Second));
    m_snippet->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_snippet->setTabChangesFocus(true);
    m_snippet->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_snippet->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // Code reads from left to right in every language.
    m_snippet->setLayoutDirection(Qt::LeftToRight);
    m_address->setObjectName(u"address"_s);
    m_address->setAccessibleName(tr("Gatehouse's address"));
    m_address->setReadOnly(true);
    m_address->setLayoutDirection(Qt::LeftToRight);
    m_address->setMinimumHeight(kControlHeight);

    auto *copyAddress = makeCopyButton(u"copyAddress"_s, tr("Copy the address"));
    connect(m_copySnippet, &QPushButton::clicked, this,
            [this] { copy(m_copySnippet, m_snippet->toPlainText()); });
    connect(copyAddress, &QPushButton::clicked, this,
            [this, copyAddress] { copy(copyAddress, m_address->text()); });

    auto *desktop = new TextLabel;
    desktop->setText(tr("For Claude Desktop, choose Settings, Developer, Edit Config, and add "
                        "these lines. It needs Node.js 20 or newer."));
    auto *others = new TextLabel;
    others->setText(tr("Or give this address to a client:"));
    auto *snippetRow = new QHBoxLayout;
    auto *frame = new Box(nullptr, Box::Ground::Base);
    frame->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    auto *framed = new QVBoxLayout(frame);
    framed->setContentsMargins(kSpaceTiny, kSpaceTiny, kSpaceTiny, kSpaceTiny);
    framed->addWidget(m_snippet);
    snippetRow->addWidget(frame, 1);
    snippetRow->addWidget(m_copySnippet, 0, Qt::AlignTop);
    auto *addressRow = new QHBoxLayout;
    addressRow->addWidget(m_address, 1);
    addressRow->addWidget(copyAddress);
    for (auto *row : {snippetRow, addressRow})
        row->setSpacing(kSpaceSmall);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->setSpacing(kSpaceSmall);
    column->addWidget(desktop);
    column->addLayout(snippetRow);
    column->addSpacing(kSpaceMedium);
    column->addWidget(others);
    column->addLayout(addressRow);
    column->addStretch(1);
}

void ConnectPanel::setPort(quint16 port)
{
    const auto snippet = claudeDesktopSnippet(port);
    if (m_snippet->toPlainText() == snippet)
        return;
    m_snippet->setPlainText(snippet);
    fitSnippet();
    m_address->setText(u"http://localhost:%1/mcp"_s.arg(port));
}

int ConnectPanel::leastWidth() const
{
    return m_snippet->minimumWidth() + 2 * kSpaceTiny + kSpaceSmall + m_copySnippet->minimumWidth();
}

/// As large as its text: nothing in it scrolls.
void ConnectPanel::fitSnippet()
{
    const QFontMetrics metrics(m_snippet->font());
    const int margin = 2 * int(m_snippet->document()->documentMargin());
    int widest = 0;
    for (const auto &line : m_snippet->toPlainText().split(u'\n'))
        widest = std::max(widest, metrics.horizontalAdvance(line));
    m_snippet->setMinimumWidth(widest + margin + kSpaceTiny);
    m_snippet->setFixedHeight(m_snippet->blockCount() * metrics.lineSpacing() + margin);
}

QPushButton *ConnectPanel::makeCopyButton(const QString &name, const QString &what)
{
    auto *button = new QPushButton(symbolIcon(Symbol::Copy), tr("Copy"));
    button->setObjectName(name);
    button->setAccessibleName(what);
    button->setAutoDefault(false);
    button->setMinimumHeight(kControlHeight);
    // As wide as its longer word, so that nothing moves when it says it.
    button->setMinimumWidth(button->sizeHint().width()
                            + button->fontMetrics().horizontalAdvance(tr("Copied"))
                            - button->fontMetrics().horizontalAdvance(tr("Copy")));
    return button;
}

void ConnectPanel::copy(QPushButton *button, const QString &text)
{
    QGuiApplication::clipboard()->setText(text);
    button->setText(tr("Copied"));
    QTimer::singleShot(kCopiedShown, button, [button] { button->setText(tr("Copy")); });
}

} // namespace gatehouse::ui
