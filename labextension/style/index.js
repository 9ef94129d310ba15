import './base.css';
import './states.css';
import './cells.css';
import './tags.css';
